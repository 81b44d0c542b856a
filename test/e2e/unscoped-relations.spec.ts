/** Boot says where a relation shows rows that a controller hides. */
import { Logger } from '@nestjs/common';
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ListController,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  Related,
  type Scope,
} from 'nestjs-socio-grpc';
import { afterEach, expect, it, vi } from 'vitest';
import {
  Doc,
  DocSerializer,
  Folder,
  Memo,
  TENANT_CONTROLLERS,
  TENANT_ENTITIES,
} from '../fixtures/tenants.js';
import { bootApp, type AppParts } from '../support/boot-app.js';
import { createDatabase } from '../support/databases.js';

afterEach(() => vi.restoreAllMocks());

async function warningsOf(controllers: AppParts['controllers']): Promise<string[]> {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const app = await bootApp({
    database: await createDatabase('sqlite'),
    entities: TENANT_ENTITIES,
    controllers,
  });
  await app.close();
  return warn.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('hides rows'));
}

class OwnDocs implements Scope<Doc> {
  where() {
    return { ownerId: 1 };
  }
}

class AllDocs implements Scope<Doc> {
  where() {
    return {};
  }
}

@GrpcController({ serializer: DocSerializer, permissions: [AllowAny], scope: OwnDocs })
class ScopedDocController extends GenericCrudController<Doc> {}

it('a serializer, a filter, a search or an order that does not state its scope is named', async () => {
  @ModelSerializer({ model: Folder, fields: ['id', 'docs', 'docKeys', 'open'] })
  class OpenFolderSerializer extends ProtoSerializer<Folder> {
    @Nested(() => DocSerializer) docs!: Doc[];
    @Related({ source: 'docs', scope: OwnDocs }) docKeys!: number[];
    @Related({ source: 'docs', scope: AllDocs }) open!: number[];
  }
  @ModelSerializer({ model: Memo, fields: ['id', 'doc', 'text'] })
  class OpenMemoSerializer extends ProtoSerializer<Memo> {}

  @GrpcController({ serializer: OpenFolderSerializer, permissions: [AllowAny] })
  class OpenFolderController extends ListController<Folder> {}
  @GrpcController({
    serializer: OpenMemoSerializer,
    permissions: [AllowAny],
    filters: { text: ['exact'], more: ['exact'] },
    search: ['more.title'],
    ordering: { fields: ['doc.title', 'text'] },
  })
  class OpenMemoController extends ListController<Memo> {}

  const warnings = await warningsOf([ScopedDocController, OpenFolderController, OpenMemoController]);
  expect(warnings.map((line) => line.split(' leads to ')[0]).toSorted()).toEqual([
    'OpenFolderSerializer.docs:',
    'OpenMemoController: "doc__title"',
    'OpenMemoController: "more"',
    'OpenMemoController: "more__title"',
    'OpenMemoSerializer.doc:',
  ]);
  expect(warnings[0]).toContain(
    'leads to "Doc", of which ScopedDocController hides rows by OwnDocs, without a scope of its own',
  );
});

it('nothing is said where scopes are stated, or where there are none', async () => {
  expect(await warningsOf(TENANT_CONTROLLERS)).toEqual([]);
  @ModelSerializer({ model: Folder, fields: ['id', 'docs'] })
  class PlainFolderSerializer extends ProtoSerializer<Folder> {
    @Nested(() => DocSerializer) docs!: Doc[];
  }
  @GrpcController({
    serializer: PlainFolderSerializer,
    permissions: [AllowAny],
    filters: { docs: ['exact'] },
  })
  class PlainFolderController extends ListController<Folder> {}
  expect(await warningsOf([PlainFolderController])).toEqual([]);
});

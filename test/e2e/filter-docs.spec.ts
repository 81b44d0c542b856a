/** The table of docs/filters.md, asked line by line. */
import { readFileSync } from 'node:fs';
import {
  AllowAny,
  GrpcController,
  ListController,
  ModelSerializer,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOOKUPS } from '../../lib/filters/lookups.js';
import { CATALOG, fillCatalog, Poem, ShownPoems } from '../fixtures/catalog.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { struct, type Json } from '../support/struct.js';

const page = readFileSync(new URL('../../docs/filters.md', import.meta.url), 'utf8');
const lines = [...page.matchAll(/^\| +(?:`?(\w+)`?)? +\| `(\{.*?\})` +\| (.*?) +\|$/gm)].map(
  ([, lookup = '', filters = '', titles = '']) => ({ lookup, filters, titles }),
);

@ModelSerializer({ model: Poem, fields: ['id', 'title'] })
class PoemTitleSerializer extends ProtoSerializer<Poem> {}

@GrpcController({
  serializer: PoemTitleSerializer,
  service: 'Poem',
  permissions: [AllowAny],
  scope: ShownPoems,
  filters: {
    title: ['exact', 'iexact', 'contains', 'icontains', 'startswith', 'istartswith', 'endswith', 'iendswith'],
    verses: ['ne', 'in', 'gt', 'gte', 'range'],
    printed: ['isnull', 'lt', 'lte'],
    poet: ['isnull'],
    'poet.fullName': ['exact', 'ne'],
  },
  search: ['title', '^poet.fullName'],
  ordering: { fields: ['verses', 'title'] },
})
class PoemController extends ListController<Poem> {}

describe.each(DATABASES)('the table of docs/filters.md on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, entities: CATALOG, controllers: [PoemController] });
    client = await connectClient(app);
    await fillCatalog(app.dataSource);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('has every lookup', () => {
    expect(lines.map(({ lookup }) => lookup)).toEqual(expect.arrayContaining([...LOOKUPS]));
  });

  it.each(lines)('$filters finds $titles', async ({ filters, titles }) => {
    const { results } = await client.get('PoemController/List', {
      _filters: struct(JSON.parse(filters) as { [name: string]: Json }),
    });
    expect((results as Poem[]).map(({ title }) => title).join(', ')).toBe(titles);
  });
});

/** Under the conventions `dsg` our files are the reference's, byte for byte. */
import { readFile } from 'node:fs/promises';
import { FieldFilter, OrderingFilter, PageNumberPagination } from 'nestjs-socio-grpc';
import { describe, expect, it } from 'vitest';
import * as sample from '../sample/01-quickstart/src/controllers.js';
import * as sampleModels from '../sample/01-quickstart/src/models.js';
import { libraryWith } from './fixtures/library.js';
import * as twin from './fixtures/quickstart-twin.js';
import { bootApp, type AppParts } from './support/boot-app.js';
import { createDatabase, DATABASES, type TestDatabase } from './support/databases.js';

const golden = (path: string): Promise<string> =>
  readFile(new URL(`./golden/reference/${path}`, import.meta.url), 'utf8');

describe.each(DATABASES)('reference files on %s', (kind) => {
  async function emitted(parts: Omit<AppParts, 'database'>): Promise<string> {
    const database = await createDatabase(kind);
    // SQLite cannot create generated 64-bit keys; to describe them no table is needed.
    const described = { ...database, options: { ...database.options, synchronize: false } } as TestDatabase;
    const app = await bootApp({
      ...parts,
      database: described,
      options: { conventions: 'dsg', ...parts.options },
    });
    const text = await readFile(app.protoFile, 'utf8');
    await app.close();
    await database.drop();
    return text;
  }

  it('the quickstart with 64-bit keys is equal to the byte', async () => {
    const text = await emitted({
      entities: [twin.User, twin.Post],
      controllers: [twin.UserController, twin.PostController],
      options: { package: 'dsg_tutorial.quickstart' },
    });
    expect(text).toBe(await golden('quickstart/quickstart.proto'));
  });

  it.each([
    ['quickstart.paginated.proto', {}],
    ['quickstart.request.proto', { filterBehavior: 'request', paginationBehavior: 'request' }],
  ] as const)('the quickstart with a paginator is equal to the byte: %s', async (file, options) => {
    const text = await emitted({
      entities: [twin.User, twin.Post],
      controllers: [twin.UserController, twin.PostController],
      options: { package: 'dsg_tutorial.quickstart', pagination: PageNumberPagination, ...options },
    });
    expect(text).toBe(await golden(`quickstart/${file}`));
  });

  it('the sample is equal but for the package and its 32-bit keys', async () => {
    const text = await emitted({
      entities: [sampleModels.User, sampleModels.Post],
      controllers: [sample.UserController, sample.PostController],
      options: { package: 'quickstart' },
    });
    const expected = (await golden('quickstart/quickstart.proto'))
      .replace('package dsg_tutorial.quickstart;', 'package quickstart;')
      .replaceAll(/int64 (id|user) =/g, 'int32 $1 =');
    expect(text).toBe(expected);
  });

  const library = libraryWith(kind === 'postgres' ? 'bytea' : 'blob');

  it('the library is equal to the byte', async () => {
    const text = await emitted({ ...library, options: { package: 'refproj.library' } });
    expect(text).toBe(await golden('library/library.proto'));
  });

  it('the library with filters and pages in requests is equal to the byte', async () => {
    const text = await emitted({
      ...library,
      options: {
        package: 'refproj.library',
        filterBehavior: 'request',
        paginationBehavior: 'request',
        filterBackends: [FieldFilter, OrderingFilter],
        pagination: PageNumberPagination,
      },
    });
    expect(text).toBe(await golden('library/library.request.proto'));
  });
});

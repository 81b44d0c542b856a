import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, DATABASES, type TestDatabase } from '../../../test/support/databases.js';
import { connectDatabase } from './library.js';

describe.each(DATABASES)('migrations on %s', (kind) => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase(kind);
    dataSource = await connectDatabase({
      DATABASE: ':memory:',
      ...(database.url && { DATABASE_URL: database.url }),
    });
  });

  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  it('make the schema that the entities describe, to the last constraint', async () => {
    await dataSource.runMigrations();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('go back to nothing', async () => {
    for (const _migration of dataSource.migrations) await dataSource.undoLastMigration();
    const tables = await dataSource.createQueryRunner().getTables();
    expect(tables.map(({ name }) => name.split('.').at(-1))).not.toContain('book');
  });
});

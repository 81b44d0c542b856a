import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { createDatabase, DATABASES } from '../support/databases.js';

describe.each(DATABASES)('test database on %s', (kind) => {
  it('answers a query', async () => {
    const database = await createDatabase(kind);
    const dataSource = await new DataSource({ ...database.options, entities: [] }).initialize();
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await dataSource.destroy();
    await database.drop();
  });
});

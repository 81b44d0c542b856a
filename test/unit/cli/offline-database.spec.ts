import { DataSource, type DataSourceOptions, type EntityMetadata } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeDatabaseOffline } from '../../../lib/cli/offline-database.js';
import { Post, User } from '../../../sample/01-quickstart/src/models.js';

const initialize = DataSource.prototype.initialize;
const entities = [User, Post];

function describeEntities(metadatas: readonly EntityMetadata[]) {
  return metadatas.map(({ name, tablePath, columns, relations, uniques, indices }) => ({
    name,
    tablePath,
    columns: columns.map((column) => [
      column.propertyPath,
      column.databaseName,
      column.type,
      column.length,
      column.isNullable,
      typeof column.default === 'function' ? String(column.default()) : column.default,
      column.isPrimary,
      column.generationStrategy,
      column.referencedColumn?.propertyPath,
    ]),
    relations: relations.map((relation) => [
      relation.propertyPath,
      relation.relationType,
      relation.inverseEntityMetadata.name,
      relation.joinColumns.map((column) => column.databaseName),
    ]),
    uniques: uniques.length,
    indices: indices.length,
  }));
}

describe('takeDatabaseOffline', () => {
  let database: ReturnType<typeof takeDatabaseOffline>;

  beforeEach(() => {
    database = takeDatabaseOffline(import.meta.filename);
  });

  afterEach(() => {
    DataSource.prototype.initialize = initialize;
  });

  it.each<DataSourceOptions>([
    { type: 'better-sqlite3', database: '/nowhere/at/all.sqlite', entities },
    { type: 'postgres', host: '192.0.2.1', entities },
  ])('describes entities of a database that cannot be reached: $type', async (options) => {
    const dataSource = await new DataSource(options).initialize();
    expect(dataSource.isInitialized).toBe(false);
    expect(dataSource.getMetadata(Post).columns.map(({ propertyPath }) => propertyPath)).toContain(
      'headline',
    );
  });

  it('describes what a connected data source describes', async () => {
    const offline = await new DataSource({
      type: 'better-sqlite3',
      database: '/nowhere',
      entities,
    }).initialize();
    DataSource.prototype.initialize = initialize;
    const connected = await new DataSource({
      type: 'better-sqlite3',
      database: ':memory:',
      entities,
    }).initialize();
    expect(describeEntities(offline.entityMetadatas)).toEqual(describeEntities(connected.entityMetadatas));
    await connected.destroy();
  });

  it('reports entities that cannot be described, and lets nobody try again', async () => {
    class Bare {}
    let settled = false;
    const dataSource = new DataSource({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: [Bare, Post],
    });
    void dataSource.initialize().finally(() => (settled = true));
    await expect(database.failure).rejects.toThrow(/^Entity metadata for Post#user was not found/);
    expect(settled).toBe(false);
  });

  it('calls the method of TypeORM that this version has', () => {
    expect(Object.getOwnPropertyNames(DataSource.prototype)).toEqual(
      expect.arrayContaining(['initialize', 'buildMetadatas']),
    );
  });
});

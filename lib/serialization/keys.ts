/**
 * Keys of rows, exactly: as they are selected, compared, and put into conditions. What differs between drivers is
 * here and in `column-reader.ts`.
 */
import type { DataSource, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { isSqlite, readColumn } from './column-reader.js';
import { columnTypeName, type Column } from './column-types.js';

/** Values of a row's key columns, in the order of the model's primary columns. */
export type Key = readonly unknown[];

/** Keys of one statement: fewer than any database's limit on parameters, and cheap to plan. */
const KEYS_PER_STATEMENT = 500;

/** The driver gives these with fewer digits than the database has; as text they are whole. */
export function isRounded(dataSource: DataSource, column: Column): boolean {
  return !column.transformer && isRoundedByDriver(dataSource, column);
}

/** The same for raw values, which no transformer has seen. */
export function isRoundedByDriver(dataSource: DataSource, column: Column): boolean {
  const type = columnTypeName(column);
  return isSqlite(dataSource)
    ? /^(bigint|int8)$/.test(type)
    : /^(datetime|timestamp|timestamptz|time|timetz|date|interval)$/.test(type);
}

/** SQL expression of a key column in TypeORM's terms. */
export function exactKey(dataSource: DataSource, owner: string, column: Column): string {
  return isRounded(dataSource, column)
    ? `CAST(${owner}.${column.propertyPath} AS TEXT)`
    : readColumn(dataSource, owner, column).select;
}

/** A key as a text that no other key has. */
export function keyText(key: Key): string {
  return key
    .map((part) => {
      if (Buffer.isBuffer(part)) return part.toString('hex');
      return part instanceof Date ? part.toISOString() : String(part);
    })
    .join('\u0000');
}

/** Value of an entity's key property -> what the database compares with. */
export function keyOfEntity(dataSource: DataSource, columns: readonly Column[], idMap: ObjectLiteral): Key {
  return columns.map((column) => {
    const value: unknown = column.getEntityValue(idMap);
    // Exact as it is; the driver would make a rounded Date of it.
    const exact = typeof value === 'string' && isRounded(dataSource, column);
    return exact ? value : (dataSource.driver.preparePersistentValue(value, column) as unknown);
  });
}

/** Adds the condition that a row has one of the keys. */
export function whereKeys(
  query: SelectQueryBuilder<ObjectLiteral>,
  alias: string,
  columns: readonly Column[],
  keys: readonly Key[],
): void {
  const paths = columns.map(({ propertyPath }) => `${alias}.${propertyPath}`);
  if (paths.length === 1) {
    query.andWhere(`${paths[0]} IN (:...keys)`, { keys: keys.map(([value]) => value) });
    return;
  }
  const rows = keys.map((key, row) => {
    key.forEach((value, part) => query.setParameter(`key${row}_${part}`, value));
    return `(${key.map((_value, part) => `:key${row}_${part}`).join(', ')})`;
  });
  // SQLite wants a table on the right side; PostgreSQL would take one for a table of texts.
  const list = isSqlite(query.connection) ? `VALUES ${rows.join(', ')}` : rows.join(', ');
  query.andWhere(`(${paths.join(', ')}) IN (${list})`);
}

export function* inChunks(keys: readonly Key[]): Generator<readonly Key[], void, undefined> {
  for (let at = 0; at < keys.length; at += KEYS_PER_STATEMENT) yield keys.slice(at, at + KEYS_PER_STATEMENT);
}

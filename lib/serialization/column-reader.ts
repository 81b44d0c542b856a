/**
 * How one column is selected and read from a raw row. What differs between drivers is here and nowhere else.
 */
import type { DataSource } from 'typeorm';
import { columnTypeName, isList, type Column } from './column-types.js';
import type { ShapeFieldType } from './shape.js';
import { toMessageValue } from './values.js';

/** A raw row: our aliases (`c0`, `c1`, …) to what the driver gave. */
export type RawRow = Readonly<Record<string, unknown>>;

export interface ColumnReader {
  /** SQL expression in TypeORM's terms: `post.headline`. */
  readonly select: string;
  /** Raw value -> message value; null stays null. */
  readonly read: (raw: unknown) => unknown;
}

const SQLITE = new Set(['better-sqlite3', 'sqlite', 'sqljs']);

export function isSqlite(dataSource: DataSource): boolean {
  return SQLITE.has(dataSource.options.type);
}

/**
 * @param owner the query alias of the column's table
 * @param type the field that will hold the value; keys that only match rows need none
 */
export function readColumn(
  dataSource: DataSource,
  owner: string,
  column: Column,
  type?: ShapeFieldType,
): ColumnReader {
  const path = `${owner}.${column.propertyPath}`;
  const { driver } = dataSource;
  // SQLite's driver gives 64-bit integers as lossy numbers; as text they are exact.
  const asText =
    isSqlite(dataSource) && /^(bigint|int8)$/.test(columnTypeName(column)) && !column.transformer;
  const select = asText ? `CAST(${path} AS TEXT)` : path;
  const one = type ? toMessageValue(type) : (value: unknown) => value;
  const convert = isList(column) ? (value: unknown) => listOf(value).map(one) : one;
  const hydrate =
    asText || !type
      ? (raw: unknown) => raw
      : (raw: unknown): unknown => driver.prepareHydratedValue(raw, column);
  return {
    select,
    read: (raw) => {
      // A transformer may give null a meaning.
      if (raw === null && !column.transformer) return null;
      const value: unknown = hydrate(raw);
      return value === null || value === undefined ? null : convert(value);
    },
  };
}

/** TypeORM gives an empty `simple-array` back as an empty text. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

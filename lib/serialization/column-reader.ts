/**
 * How one column is selected and read from a raw row. What differs between drivers is here and nowhere else.
 */
import type { DataSource } from 'typeorm';
import { columnTypeName, findColumnType, isList, type Column } from './column-types.js';
import type { ShapeFieldType } from './shape.js';
import { toMessageValue, type ToMessage } from './values.js';

/** A raw row: what the driver gave, in the order of the selected expressions. */
export type RawRow = readonly unknown[];

/** A raw row by the aliases of the selected expressions. */
export type NamedRow = Readonly<Record<string, unknown>>;

export interface ColumnReader {
  /** SQL expression in TypeORM's terms: `post.headline`. */
  readonly select: string;
  /** Raw value -> the value that an entity's property has. */
  readonly hydrate: (raw: unknown) => unknown;
}

const SQLITE = new Set(['better-sqlite3', 'sqlite', 'sqljs']);

export function isSqlite(dataSource: DataSource): boolean {
  return SQLITE.has(dataSource.options.type);
}

/** @param owner the query alias of the column's table */
export function readColumn(dataSource: DataSource, owner: string, column: Column): ColumnReader {
  const path = `${owner}.${column.propertyPath}`;
  const { driver } = dataSource;
  // SQLite's driver gives 64-bit integers as lossy numbers; as text they are exact.
  const asText =
    isSqlite(dataSource) && /^(bigint|int8)$/.test(columnTypeName(column)) && !column.transformer;
  return {
    select: asText ? `CAST(${path} AS TEXT)` : path,
    hydrate: asText ? (raw) => raw : (raw): unknown => driver.prepareHydratedValue(raw, column),
  };
}

/** The value of an entity's property -> what a condition compares the column with. */
export function persistentValue(column: Column, value: unknown): unknown {
  if (!column.transformer) return value;
  return column.entityMetadata.dataSource.driver.preparePersistentValue(value, column) as unknown;
}

/**
 * The value of an entity's property -> the value that the message has; null and undefined become null.
 *
 * @param repeated the field is a list: of a list column, or of an array in JSON
 */
export function toMessageColumn(
  column: Column,
  type: ShapeFieldType,
  repeated = isList(column),
): (value: unknown) => unknown {
  // PostgreSQL writes money with the signs of its locale.
  if (columnTypeName(column) === 'money')
    return orNull((value) => toMessageValue(type)(String(value).replaceAll(/[^\d.-]/g, '')));
  const convert = withScale(column, type, toMessageValue(type));
  return orNull(named(column, type, repeated ? eachOf(convert) : convert));
}

/** JSON may be something else than its field says: then the error tells whose. */
function named(column: Column, type: ShapeFieldType, convert: ToMessage): ToMessage {
  if (findColumnType(column, 'socio')?.kind !== 'json') return convert;
  return (value) => {
    try {
      return convert(value);
    } catch (error) {
      const place = `${column.entityMetadata.name}.${column.propertyPath}`;
      throw new TypeError(`${place}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  };
}

/** SQLite keeps decimals as numbers: `0.5` of a column with two places is `0.50`, as PostgreSQL has it. */
function withScale({ scale }: Column, type: ShapeFieldType, convert: ToMessage): ToMessage {
  if (type.kind !== 'scalar' || type.value !== 'decimal' || type.scalar !== 'string' || !scale)
    return convert;
  return (value) => convert(typeof value === 'number' ? value.toFixed(scale) : value);
}

/** The same for a property that no column stands behind. */
export function toMessageProperty(type: ShapeFieldType, repeated: boolean): (value: unknown) => unknown {
  return orNull(repeated ? eachOf(toMessageValue(type)) : toMessageValue(type));
}

function orNull(convert: (value: unknown) => unknown): (value: unknown) => unknown {
  return (value) => (value === null || value === undefined ? null : convert(value));
}

/** TypeORM gives an empty `simple-array` back as an empty text. Lists of proto3 know no null. */
function eachOf(convert: (value: unknown) => unknown): (value: unknown) => unknown {
  return (value) => {
    if (value === '') return [];
    if (!Array.isArray(value)) throw new TypeError(`expected an array, got a ${typeof value}`);
    if (value.includes(null)) throw new TypeError('a list with null in it cannot be a message value');
    return value.map(convert);
  };
}

/** Values of an entity's columns -> what the driver is handed, as TypeORM's own writes do it: the way back is `column-reader.ts`. */
import { isSqlite } from './column-reader.js';
import type { Column } from './column-types.js';

export type BindValue = (value: unknown) => unknown;

/** Types whose values TypeORM hands to drivers as they are. */
const AS_IT_IS = new Set<unknown>([
  Number,
  String,
  'int',
  'int2',
  'int4',
  'int8',
  'integer',
  'smallint',
  'bigint',
  'tinyint',
  'mediumint',
  'float',
  'float4',
  'float8',
  'double',
  'double precision',
  'real',
  'decimal',
  'numeric',
  'varchar',
  'character varying',
  'char',
  'character',
  'text',
  'citext',
  'uuid',
  'blob',
  'bytea',
]);

/** Types that SQLite keeps as a text of UTC. */
const MOMENTS = new Set<unknown>([Date, 'datetime']);

/** How one column's values are written; what TypeORM does step by step for each value is decided once. */
export function bindColumn(column: Column): BindValue {
  const { dataSource } = column.entityMetadata;
  const whole: BindValue = (value) => dataSource.driver.preparePersistentValue(value, column) as unknown;
  if (column.transformer) return whole;
  if (AS_IT_IS.has(column.type)) return (value) => value;
  if (isSqlite(dataSource) && MOMENTS.has(column.type))
    return (value) => (value instanceof Date ? (momentText(value) ?? whole(value)) : whole(value));
  return whole;
}

/** `2026-01-31 10:20:30.040`; undefined beyond the years that ISO 8601 writes with four digits. */
export function momentText(moment: Date): string | undefined {
  const time = moment.getTime();
  if (!(time >= FIRST && time < END)) return undefined;
  const text = moment.toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`;
}

const FIRST = Date.UTC(1000, 0);
const END = Date.UTC(10_000, 0);

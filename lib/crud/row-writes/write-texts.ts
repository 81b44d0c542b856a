/**
 * SQL texts of writes by what they write: one for each set of columns that requests give, which drivers and databases
 * then know. A single statement looks for related objects, writes the row, and gives it back.
 */
import type { EntityMetadata } from 'typeorm';
import type { BoundSql } from '../../request/row-source.js';
import { isSqlite } from '../../serialization/column-reader.js';
import type { Column } from '../../serialization/column-types.js';
import { ABSENT, REFERRING } from './row-values.js';
import type { ScopeConditions } from './scope-conditions.js';
import { columnName, conditionsOfPresence, Constant, tableName, TextBuilder } from './table.js';

export interface SqlText {
  readonly sql: string;
  /** Numbers are places in the values of the columns, and of the key and the scope behind them. */
  readonly places: readonly (number | Constant)[];
}

export interface WriteText extends SqlText {
  /** Look-ups before it; nothing is to be written unless each finds something. */
  readonly asks: readonly SqlText[];
}

/** A text with its values. */
export function bound({ sql, places }: SqlText, values: readonly unknown[]): BoundSql {
  return { sql, values: places.map((place) => (typeof place === 'number' ? values[place] : place.value)) };
}

/**
 * `INSERT` of one row. Nothing is inserted when something that it refers to is not there. SQLite writes what a SELECT gives
 * as if it could be many rows, which takes twice as long, and nothing comes between two statements there.
 */
export function insertText(
  metadata: EntityMetadata,
  columns: readonly Column[],
  shape: string,
  returning: string,
): WriteText {
  const text = new TextBuilder(metadata.dataSource);
  const names: string[] = [];
  const expressions: string[] = [];
  columns.forEach((column, index) => {
    const expression = column.isDiscriminator
      ? text.bind(new Constant(metadata.discriminatorValue))
      : shape[index] === ABSENT
        ? absentValue(column)
        : boundValue(column, index, text);
    if (expression === undefined) return;
    names.push(columnName(column));
    expressions.push(expression);
  });
  const apart = isSqlite(metadata.dataSource);
  const references = apart ? [] : referencesIn(columns, shape, text);
  const into = `INSERT INTO ${tableName(metadata)}`;
  const sql =
    names.length === 0
      ? `${into} DEFAULT VALUES`
      : references.length === 0
        ? `${into}(${names.join(', ')}) VALUES (${expressions.join(', ')})`
        : `${into}(${names.join(', ')}) SELECT ${expressions.join(', ')} WHERE ${references.join(' AND ')}`;
  return {
    sql: `${sql} RETURNING ${returning}`,
    places: text.places,
    asks: apart ? asksFor(columns, shape) : [],
  };
}

/** `UPDATE` of the row with a key. Nothing is written when it, or something that it would refer to, is not there. */
export function updateText(
  metadata: EntityMetadata,
  columns: readonly Column[],
  shape: string,
  alternatives: ScopeConditions['alternatives'],
  returning: string,
): WriteText {
  const text = new TextBuilder(metadata.dataSource);
  const written = columns.filter((_column, index) => shape[index] !== ABSENT);
  const sets = columns.flatMap((column, index) =>
    shape[index] === ABSENT ? [] : `${columnName(column)} = ${boundValue(column, index, text)}`,
  );
  sets.push(...touches(metadata, written));
  const row = rowConditions(metadata, columns.length, alternatives, text);
  const where = [...row, ...referencesIn(columns, shape, text)];
  const sql = `UPDATE ${tableName(metadata)} SET ${sets.join(', ')} WHERE ${where.join(' AND ')}`;
  return { sql: `${sql} RETURNING ${returning}`, places: text.places, asks: [] };
}

/** `DELETE` of the row with a key, or the mark that stands for it. */
export function removeText(
  metadata: EntityMetadata,
  alternatives: ScopeConditions['alternatives'],
  returning: string,
): WriteText {
  const text = new TextBuilder(metadata.dataSource);
  const { deleteDateColumn: mark } = metadata;
  const table = tableName(metadata);
  const sets = mark ? [`${columnName(mark)} = CURRENT_TIMESTAMP`, ...touches(metadata, [])] : [];
  const where = rowConditions(metadata, 0, alternatives, text).join(' AND ');
  const sql = mark ? `UPDATE ${table} SET ${sets.join(', ')}` : `DELETE FROM ${table}`;
  return { sql: `${sql} WHERE ${where} RETURNING ${returning}`, places: text.places, asks: [] };
}

/** What TypeORM writes where it has no value; undefined: the column is left out, the same as its `DEFAULT`. */
function absentValue(column: Column): string | undefined {
  const { dataSource } = column.entityMetadata;
  if (column.isVersion) return '1';
  if (!isSqlite(dataSource) || column.asExpression !== undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each driver has its own
  const driver = dataSource.driver as unknown as { normalizeDefault(column: Column): string | undefined };
  return column.default === undefined || column.default === null ? 'NULL' : driver.normalizeDefault(column);
}

function boundValue(column: Column, place: number, text: TextBuilder): string {
  const { dataSource } = column.entityMetadata;
  const bound = text.bind(place);
  return isSqlite(dataSource) && column.type === 'jsonb' ? `jsonb(${bound})` : bound;
}

/** Columns that change with every write. */
function touches(
  { versionColumn, updateDateColumn }: EntityMetadata,
  written: readonly Column[],
): readonly string[] {
  const own = (column: Column | undefined): column is Column =>
    column !== undefined && !written.includes(column);
  return [
    ...(own(versionColumn) ? [`${columnName(versionColumn)} = ${columnName(versionColumn)} + 1`] : []),
    ...(own(updateDateColumn) ? [`${columnName(updateDateColumn)} = CURRENT_TIMESTAMP`] : []),
  ];
}

/** @param place of the first part of the key, behind which what the scope wants is */
function rowConditions(
  metadata: EntityMetadata,
  place: number,
  alternatives: ScopeConditions['alternatives'],
  text: TextBuilder,
): string[] {
  let next = place;
  const equal = (column: Column): string => `${columnName(column)} = ${text.bind(next++)}`;
  const key = metadata.primaryColumns.map(equal);
  const scope = alternatives.map((columns) => `(${columns.map(equal).join(' AND ')})`);
  return [
    ...key,
    ...(scope.length > 0 ? [`(${scope.join(' OR ')})`] : []),
    ...conditionsOfPresence(metadata, text),
  ];
}

/** The look-ups of what a row refers to, by the values that it is to have. */
function referencesIn(columns: readonly Column[], shape: string, text: TextBuilder): string[] {
  return columns.flatMap((column, place) =>
    shape[place] === REFERRING ? `EXISTS (${lookUp(column, place, text)})` : [],
  );
}

/** The same as statements. */
function asksFor(columns: readonly Column[], shape: string): SqlText[] {
  return columns.flatMap((column, place): SqlText | [] => {
    if (shape[place] !== REFERRING) return [];
    const text = new TextBuilder(column.entityMetadata.dataSource);
    const sql = lookUp(column, place, text);
    return { sql, places: text.places };
  });
}

function lookUp({ referencedColumn, relationMetadata }: Column, place: number, text: TextBuilder): string {
  // Not the referenced column's own model: a table that several share has it from the one that declares it.
  const target = relationMetadata?.inverseEntityMetadata;
  if (!target || !referencedColumn) throw new Error('a column that refers to something has a relation');
  const conditions = [
    `${columnName(referencedColumn, 'target')} = ${text.bind(place)}`,
    ...conditionsOfPresence(target, text, 'target'),
  ];
  const alias = target.dataSource.driver.escape('target');
  return `SELECT 1 FROM ${tableName(target)} ${alias} WHERE ${conditions.join(' AND ')}`;
}

/** What a statement that writes gives back of its row, for a message or to find the row again. */
import type { EntityMetadata } from 'typeorm';
import { isSqlite, readColumn } from '../../serialization/column-reader.js';
import { exactKey, isRounded } from '../../serialization/keys.js';
import type { Column } from '../../serialization/column-types.js';
import { columnName } from './table.js';

export interface ReturnedRow {
  /** SQL behind `RETURNING`. */
  readonly list: string;
  /** In the order of the row. */
  readonly names: readonly string[];
}

/** The key, as a plan reads rows by it. */
export function returnedKey(metadata: EntityMetadata): ReturnedRow {
  const { dataSource, primaryColumns } = metadata;
  return returned(
    primaryColumns.map((column) => (isRounded(dataSource, column) ? asText(column) : columnName(column))),
  );
}

/**
 * Expressions of a SELECT, in terms of the table alone.
 *
 * @param selected in TypeORM's terms: `post.headline`
 * @param alias of the table in them
 * @returns undefined when one is something else than a column of the table
 */
export function returnedColumns(
  metadata: EntityMetadata,
  selected: readonly string[],
  alias: string,
): ReturnedRow | undefined {
  const { dataSource } = metadata;
  const known = new Map<string, string>();
  for (const column of metadata.columns.filter(({ isVirtualProperty }) => !isVirtualProperty)) {
    const plain = `${alias}.${column.propertyPath}`;
    for (const expression of [
      readColumn(dataSource, alias, column).select,
      exactKey(dataSource, alias, column),
    ])
      known.set(expression, expression === plain ? asSelected(column) : asText(column));
  }
  const expressions = selected.map((expression) => known.get(expression));
  return expressions.every((each) => each !== undefined) ? returned(expressions) : undefined;
}

function returned(expressions: readonly string[]): ReturnedRow {
  const names = expressions.map((_expression, slot) => `c${slot}`);
  return { list: expressions.map((each, slot) => `${each} AS "${names[slot]}"`).join(', '), names };
}

/** As TypeORM selects a column. */
function asSelected(column: Column): string {
  const { dataSource } = column.entityMetadata;
  const name = columnName(column);
  return isSqlite(dataSource) && column.type === 'jsonb' ? `json(${name})` : name;
}

function asText(column: Column): string {
  return `CAST(${columnName(column)} AS TEXT)`;
}

/** A controller's scope as a condition of the statement that writes: a row outside of it is not found. */
import type { EntityMetadata } from 'typeorm';
import { columnTypeName, findColumnType, type Column } from '../../serialization/column-types.js';
import { ownAlternatives, type RowScope } from '../../serialization/row-scope.js';

export interface ScopeConditions {
  /** Lists of columns that have to be what the values say, of which a row fits one. None at all: every row does. */
  readonly alternatives: readonly (readonly Column[])[];
  /** Which texts it makes. */
  readonly shape: string;
  /** In the order of the columns. */
  readonly values: readonly unknown[];
}

export const EVERY_ROW: ScopeConditions = { alternatives: [], shape: '', values: [] };

/** Undefined: nobody sees any row, or it takes TypeORM to say which. */
export function scopeConditions(
  metadata: EntityMetadata,
  scope: RowScope | undefined,
  context: unknown,
): ScopeConditions | undefined {
  if (!scope) return EVERY_ROW;
  const found = ownAlternatives(metadata, scope, context);
  if (!found || found.length === 0) return undefined;
  if (found.some((parts) => parts.length === 0)) return EVERY_ROW;
  const parts = found.flat();
  if (!parts.every(({ column, value }) => fits(column, value))) return undefined;
  const alternatives = found.map((each) => each.map(({ column }) => column));
  return {
    alternatives,
    shape: alternatives.map((each) => each.map(({ databaseName }) => databaseName).join()).join('|'),
    values: parts.map(({ value }) => value),
  };
}

/** Others compare in ways of their own. */
const TEXT = /^(varchar|text)$/;
const SMALL = /^(smallint|int2|tinyint)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the database can compare the two: a value that it refuses finds nothing, as when an object is looked for. */
function fits(column: Column, value: unknown): boolean {
  switch (findColumnType(column, 'socio')?.kind) {
    case 'integer':
      return (
        Number.isInteger(value) &&
        Math.abs(value as number) < (SMALL.test(columnTypeName(column)) ? 2 ** 15 : 2 ** 31)
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string' && TEXT.test(columnTypeName(column)) && !value.includes('\0');
    case 'uuid':
      return typeof value === 'string' && UUID.test(value);
    default:
      return false;
  }
}

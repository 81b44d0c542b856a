/**
 * SELECTs whose values are all bound: one text for all calls that ask for the same, which the database and its driver know
 * already.
 */
import type { DataSource, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CallAccess } from './call-access.js';
import { isSqlite, type RawRow } from './column-reader.js';
import type { MaybePromise } from './maybe-promise.js';

type Query = SelectQueryBuilder<ObjectLiteral>;

/** Which rows of the result. */
export interface RowWindow {
  readonly limit: number;
  /** Default: 0. */
  readonly offset?: number;
}

/** A parameter that is bound whatever it is: TypeORM writes numbers into the SQL text on SQLite. */
export class Bound {
  constructor(readonly value: unknown) {}
}

export function selectRows(
  access: CallAccess,
  query: Query,
  window?: RowWindow,
): MaybePromise<readonly RawRow[]> {
  const [sql, parameters] = query.getQueryAndParameters();
  const values: unknown[] = parameters.map((value: unknown) => unbound(value));
  return access.rows(sql + limits(query.connection, values, window), values, namesOf(query));
}

/** Aliases of the selected expressions, in the order in which they were added. */
export function namesOf({ expressionMap }: Query): readonly string[] {
  return expressionMap.selects.map(({ aliasName }) => aliasName ?? '');
}

export function unbound(value: unknown): unknown {
  return value instanceof Bound ? value.value : value;
}

/** Adds the values of a window; gives what the text needs for them. */
export function limits(dataSource: DataSource, values: unknown[], window: RowWindow | undefined): string {
  if (!window) return '';
  // SQLite plans by the value of a bare parameter in a LIMIT, and prepares the statement anew whenever it is bound.
  const sign = isSqlite(dataSource) ? '+' : '';
  const bind = (name: string, value: number): string => {
    values.push(value);
    return sign + dataSource.driver.createParameter(name, values.length - 1);
  };
  const limit = ` LIMIT ${bind('limit', window.limit)}`;
  return window.offset === undefined || window.offset === 0
    ? limit
    : `${limit} OFFSET ${bind('offset', window.offset)}`;
}

/** SELECTs with bound limits: one text for all pages, which the database and its driver know already. */
import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { RawRow } from './column-reader.js';

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

export async function selectRows(
  manager: EntityManager,
  query: SelectQueryBuilder<ObjectLiteral>,
  window?: RowWindow,
): Promise<RawRow[]> {
  const [sql, parameters] = query.getQueryAndParameters();
  const values: unknown[] = parameters.map((value: unknown) =>
    value instanceof Bound ? value.value : value,
  );
  return manager.query<RawRow[]>(sql + limits(query, values, window), values);
}

function limits(
  { connection: { driver } }: SelectQueryBuilder<ObjectLiteral>,
  values: unknown[],
  window: RowWindow | undefined,
): string {
  if (!window) return '';
  const bind = (name: string, value: number): string => {
    values.push(value);
    return driver.createParameter(name, values.length - 1);
  };
  const limit = ` LIMIT ${bind('limit', window.limit)}`;
  return window.offset === undefined || window.offset === 0
    ? limit
    : `${limit} OFFSET ${bind('offset', window.offset)}`;
}

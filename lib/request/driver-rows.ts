/** What the row sources of all drivers have in common. */
import { QueryFailedError, type DataSource, type QueryRunner } from 'typeorm';

export type Rows = readonly (readonly unknown[])[];

/** Prepared statements that are kept; the oldest are forgotten first. */
export const MOST = 200;

export type Reorder = (rows: Rows) => Rows;

/** TypeORM selects columns of the model in the model's order, whatever order they were asked for. */
export function reorderOf(given: readonly string[], wanted: readonly string[]): Reorder | undefined {
  if (given.every((name, index) => name === wanted[index])) return undefined;
  const places = wanted.map((name) => given.indexOf(name));
  return (rows) => rows.map((row) => places.map((place) => row[place]));
}

/** The error that TypeORM would make, in its log. */
export function failed(
  { logger }: DataSource,
  error: unknown,
  sql: string,
  values: unknown[],
  runner?: QueryRunner,
): QueryFailedError {
  logger.logQueryError(error as Error, sql, values, runner);
  return new QueryFailedError(sql, values, error as Error);
}

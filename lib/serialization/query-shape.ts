/** What an application's own query has beside conditions, and how conditions are added to it without changing them. */
import { Brackets, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';

type Query = SelectQueryBuilder<ObjectLiteral>;

/**
 * Puts the conditions that a query has into brackets, so that one that is added holds for all of them: without, `a OR
 * b AND key` finds rows that have not the key. A single condition may be such a text too.
 */
export function bracketed<M extends ObjectLiteral>(query: SelectQueryBuilder<M>): SelectQueryBuilder<M> {
  const { wheres } = query.expressionMap;
  if (wheres.length === 0) return query;
  query.expressionMap.wheres = [];
  return query.where(
    new Brackets((inner) => {
      (inner as unknown as Query).expressionMap.wheres.push(...wheres);
    }),
  );
}

/**
 * Runs work on a query without its conditions, then joins both: what the work adds, an `OR` or a `where()`, can neither
 * widen nor replace what was there.
 */
export async function narrowed<M extends ObjectLiteral>(
  query: SelectQueryBuilder<M>,
  work: (open: SelectQueryBuilder<M>) => SelectQueryBuilder<M> | Promise<SelectQueryBuilder<M>>,
): Promise<SelectQueryBuilder<M>> {
  const before = query.expressionMap.wheres;
  query.expressionMap.wheres = [];
  const result = await work(query);
  const added = bracketed(result).expressionMap.wheres;
  for (const where of added) where.type = 'and';
  result.expressionMap.wheres = [...before, ...added];
  return result;
}

/**
 * Whether a query is the model's table with conditions, and an order at most. Joins may repeat rows; limits, groups and
 * expressions of its own would be lost when columns are selected instead of entities.
 */
export function isPlain(query: Query): boolean {
  const map = query.expressionMap;
  const ownSelects = map.selects.filter(({ selection }) => selection !== query.alias);
  return (
    map.joinAttributes.length === 0 &&
    map.groupBys.length === 0 &&
    map.havings.length === 0 &&
    ownSelects.length === 0 &&
    !map.selectDistinct &&
    map.selectDistinctOn.length === 0 &&
    map.commonTableExpressions.length === 0 &&
    [map.limit, map.offset, map.take, map.skip].every((value) => value === undefined)
  );
}

/** Whether TypeORM itself has to page: by objects, not by rows. */
export function isPaged({ expressionMap: { take, skip } }: Query): boolean {
  return take !== undefined || skip !== undefined;
}

export function hasOrder(query: Query): boolean {
  return Object.keys(query.expressionMap.orderBys).length > 0;
}

/** Makes a plain query count its rows. */
export function counting(query: Query): Query {
  return query.orderBy().select('COUNT(*)', 'count');
}

/** A query that looks for single objects: what limits lists does not limit it. */
export function withoutLimits(query: Query): Query {
  return query.limit(undefined).offset(undefined).take(undefined).skip(undefined);
}

/**
 * Orders by the key last, so that every order is a total one; in the direction of what is before it, so that an index on
 * both serves.
 */
export function orderByKey(query: Query): void {
  const { orderBys, mainAlias } = query.expressionMap;
  const last = Object.values(orderBys).at(-1);
  const direction = (typeof last === 'object' ? last.order : last) ?? 'ASC';
  for (const { propertyPath } of mainAlias?.metadata.primaryColumns ?? []) {
    const path = `${query.alias}.${propertyPath}`;
    if (!(path in orderBys)) query.addOrderBy(path, direction);
  }
}

/** A query of the same rows that is plain: the model's table with the condition that the other query finds the key. */
export function asPlain(query: Query, plain: Query): Query {
  const { mainAlias, limit, withDeleted } = query.expressionMap;
  const keys = mainAlias?.metadata.primaryColumns ?? [];
  const path = (alias: string): string =>
    keys.map(({ databaseName }) => `${query.escape(alias)}.${query.escape(databaseName)}`).join(', ');
  const inner = query.clone().select(path(query.alias));
  // Without a limit the order says nothing about which rows there are.
  if (limit === undefined) inner.orderBy();
  if (withDeleted) plain.withDeleted();
  const left = keys.length === 1 ? path(plain.alias) : `(${path(plain.alias)})`;
  return plain.where(`${left} IN (${inner.getQuery()})`).setParameters(inner.getParameters());
}

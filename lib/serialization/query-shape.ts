/** What an application's own query has beside conditions, and how conditions are added to it without changing them. */
import { Brackets, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';

type Query = SelectQueryBuilder<ObjectLiteral>;

/**
 * Puts the conditions that a query has into brackets, so that one that is added holds for all of them: without, `a OR
 * b AND key` finds rows that have not the key. A single condition may be such a text too.
 */
export function bracketed(query: Query): Query {
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

/** A query that looks for single objects: what limits lists does not limit it. */
export function withoutLimits(query: Query): Query {
  return query.limit(undefined).offset(undefined).take(undefined).skip(undefined);
}

/**
 * Which rows of a model a caller can see at all, as a condition of any statement: of the model itself, of a join, of
 * related objects that a request names.
 */
import type { EntityMetadata, FindOptionsWhere, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Column } from './column-types.js';
import type { ShapeField } from './shape.js';

type Where = FindOptionsWhere<ObjectLiteral>;

/** What a scope is to statements; `request/scope.ts` tells applications what it is to them. */
export interface RowScope {
  /** @param context of the call */
  where(context: unknown): Where | readonly Where[];
}

/** The instance that serves a field's scope, if it has one. */
export type FindScope = (field: ShapeField) => RowScope | undefined;

/** Adds the condition to a statement about the model under `alias`. */
export function applyScope(
  query: SelectQueryBuilder<ObjectLiteral>,
  alias: string,
  metadata: EntityMetadata,
  scope: RowScope,
  context: unknown,
): void {
  query.andWhere(scopeCondition(query, alias, metadata, scope, context));
}

/**
 * The condition as SQL; its parameters are set on the query. A list of alternatives that is empty lets nobody see
 * anything, an empty alternative lets everybody see everything.
 *
 * @throws Error when a value is null or undefined: TypeORM would leave the condition out
 */
export function scopeCondition(
  query: SelectQueryBuilder<ObjectLiteral>,
  alias: string,
  metadata: EntityMetadata,
  scope: RowScope,
  context: unknown,
): string {
  const wheres = checkedWheres(scope, context);
  if (wheres.length === 0) return NOBODY;
  const conditions = wheres.map(
    (where) =>
      plainCondition((value) => bindTo(query, value), alias, metadata, where) ??
      existsCondition(query, alias, metadata, where),
  );
  return `(${conditions.join(' OR ')})`;
}

/**
 * The same where it is about columns of the row itself alone, without a query; undefined: it takes one.
 *
 * @param bind gives the placeholder of a value
 */
export function ownCondition(
  bind: (value: unknown) => string,
  alias: string,
  metadata: EntityMetadata,
  scope: RowScope,
  context: unknown,
): string | undefined {
  const wheres = checkedWheres(scope, context);
  if (wheres.length === 0) return NOBODY;
  const conditions = wheres.map((where) => plainCondition(bind, alias, metadata, where));
  return conditions.includes(undefined) ? undefined : `(${conditions.join(' OR ')})`;
}

const NOBODY = '1 = 0';

function checkedWheres(scope: RowScope, context: unknown): readonly Where[] {
  const wheres = [scope.where(context)].flat() as Where[];
  const place = scope.constructor.name;
  for (const where of wheres) {
    assertConditions(where, place);
    assertDefined(where, place);
  }
  return wheres;
}

/** Values of scopes are called so and a number. */
export const SCOPE_PREFIX = 'scope';

/** What a scope wants of one column of the row itself. */
export interface OwnPart {
  /** In TypeORM's terms, within the model. */
  readonly path: string;
  readonly column: Column;
  readonly value: unknown;
}

/**
 * A scope as lists of what columns of the row itself have to be, of which a row fits one; undefined: it says something else.
 * An empty list lets everybody see everything, no list nobody anything.
 */
export function ownAlternatives(
  metadata: EntityMetadata,
  scope: RowScope,
  context: unknown,
): readonly (readonly OwnPart[])[] | undefined {
  const alternatives = checkedWheres(scope, context).map((where) => ownParts(metadata, where));
  return alternatives.every((each) => each !== undefined) ? alternatives : undefined;
}

/** Columns of the row itself compared to values need no second look at the table. */
function plainCondition(
  bind: (value: unknown) => string,
  alias: string,
  metadata: EntityMetadata,
  where: Where,
): string | undefined {
  const conditions = ownParts(metadata, where)?.map(({ path, value }) => `${alias}.${path} = ${bind(value)}`);
  if (!conditions) return undefined;
  return conditions.length === 0 ? '1 = 1' : `(${conditions.join(' AND ')})`;
}

function ownParts(metadata: EntityMetadata, where: Where): readonly OwnPart[] | undefined {
  const parts: OwnPart[] = [];
  for (const [path, value] of Object.entries(where)) {
    const column = metadata.findColumnWithPropertyPath(path);
    const [key, ...keys] = metadata.findRelationWithPropertyPath(path)?.joinColumns ?? [];
    const [only, ...more] = typeof value === 'object' ? Object.entries(value as object) : [];
    if (column && !column.transformer && !column.relationMetadata && typeof value !== 'object')
      parts.push({ path, column, value });
    else if (only && key && more.length === 0 && keys.length === 0 && typeof only[1] !== 'object') {
      if (key.referencedColumn?.propertyPath !== only[0] || key.transformer) return undefined;
      parts.push({ path, column: key, value: only[1] });
    } else return undefined;
  }
  return parts;
}

/** Everything else TypeORM itself turns into a condition, on the same table once more. */
function existsCondition(
  query: SelectQueryBuilder<ObjectLiteral>,
  alias: string,
  metadata: EntityMetadata,
  where: Where,
): string {
  const inner = `${alias}_scope`;
  const subQuery = query
    .subQuery()
    .from<ObjectLiteral>(metadata.target, inner)
    .setFindOptions({ where, loadEagerRelations: false })
    .select('1');
  for (const { propertyPath } of metadata.primaryColumns)
    subQuery.andWhere(`${inner}.${propertyPath} = ${alias}.${propertyPath}`);
  const condition = `EXISTS ${subQuery.getQuery()}`;
  query.setParameters(subQuery.getParameters());
  return condition;
}

function bindTo(query: SelectQueryBuilder<ObjectLiteral>, value: unknown): string {
  const used = query.getParameters();
  let index = Object.keys(used).length;
  while (Object.hasOwn(used, `${SCOPE_PREFIX}${index}`)) index += 1;
  query.setParameter(`${SCOPE_PREFIX}${index}`, value);
  return `:${SCOPE_PREFIX}${index}`;
}

/** A promise has no members, hence would be no condition: everybody would see everything. */
function assertConditions(where: unknown, place: string): void {
  const prototype: unknown = typeof where === 'object' && where !== null && Object.getPrototypeOf(where);
  if (prototype === Object.prototype || prototype === null) return;
  const found = where instanceof Promise ? 'a promise' : String(where);
  throw new Error(
    `${place}: where() gave ${found}. Expected conditions, { ownerId: 1 }, or a list of them, at once: ` +
      'load what they need in an authenticator or a middleware.',
  );
}

/** `{ ownerId: ctx.user?.id }` without a user would be no condition at all. */
function assertDefined(where: unknown, place: string, path: readonly string[] = []): void {
  if (typeof where !== 'object' || where === null || Object.getPrototypeOf(where) !== Object.prototype)
    return;
  for (const [property, value] of Object.entries(where)) {
    const here = [...path, property];
    if (value === undefined || value === null)
      throw new Error(
        `${place}: "${here.join('.')}" is ${String(value)}, which would be no condition. Return [] to show nothing, or use IsNull().`,
      );
    assertDefined(value, place, here);
  }
}

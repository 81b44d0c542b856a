/** Nested values of one relation, and what the database has for them. */
import type { ObjectLiteral } from 'typeorm';
import { ValidationException, type FieldErrors } from '../errors/validation-exception.js';
import type { Column, Relation } from '../serialization/column-types.js';
import type { NestedWrites } from './nested-writes.js';

export type Values = Readonly<Record<string, unknown>>;

/** One nested value, and what the database has for it. */
export interface Item {
  readonly values: Values;
  /** Undefined: the object is new. */
  readonly key: ObjectLiteral | undefined;
  readonly related: boolean;
}

/** Whether the related objects hold the key of the object that nests them. */
export function refersToParent({ isOneToMany, isOneToOneNotOwner }: Relation): boolean {
  return isOneToMany || isOneToOneNotOwner;
}

export function keyColumn({ inverseEntityMetadata }: Relation): Column {
  return inverseEntityMetadata.primaryColumns[0] as Column;
}

export function presentIn(values: Values, nested: readonly NestedWrites[]): readonly NestedWrites[] {
  return nested.filter(({ relation }) => values[relation.propertyName] !== undefined);
}

export function one({ many }: NestedWrites, references: readonly ObjectLiteral[]): unknown {
  return many ? references : (references[0] ?? null);
}

export function notAmong(
  relation: Relation,
  current: readonly ObjectLiteral[],
  items: readonly Item[],
): ObjectLiteral[] {
  const column = keyColumn(relation);
  const kept = new Set(items.map(({ key }) => key && String(column.getEntityValue(key))));
  return current.filter((each) => !kept.has(String(column.getEntityValue(each))));
}

/** Errors of nested objects where the request has these objects. */
export function inPlace(
  { name, many }: NestedWrites,
  items: readonly Item[],
  errorsOf: (item: Item) => FieldErrors | undefined,
): ValidationException {
  const errors = items.map((item) => errorsOf(item) ?? {});
  return new ValidationException({ [name]: many ? errors : (errors[0] as FieldErrors) });
}

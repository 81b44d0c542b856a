/** Classes of filters, for more than a list of lookups: names of one's own, and conditions of one's own. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { GrpcContext } from '../request/grpc-context.js';
import type { Lookup } from './lookups.js';
import type { FilterOptions } from './path-types.js';

const FIELDS = Symbol('nestjs-socio-grpc:filter-fields');
const FILTERS = Symbol('nestjs-socio-grpc:filters');

/** What the value of a filter of one's own is read as. */
export type FilterValueKind =
  'integer' | 'bigint' | 'float' | 'decimal' | 'boolean' | 'string' | 'uuid' | 'date' | 'time' | 'datetime';

/** A filter under a name of its own. */
export interface PathFilterOptions {
  /** Where it looks: a path of the model. */
  readonly path: string;
  /** How it compares. Default: `exact`. */
  readonly lookup?: Lookup;
  /** Comment in the `.proto`. */
  readonly description?: string;
}

/** A filter whose condition a method writes. */
export interface MethodFilterOptions {
  /** What the value is read as; a date is its text, a datetime a `Date`. Default: `string`. */
  readonly type?: FilterValueKind;
  /** The value is a list. Default: false. */
  readonly repeated?: boolean;
  /** Comment in the `.proto`. */
  readonly description?: string;
}

/**
 * Narrows a query by one value. What it adds holds beside the other conditions, whatever it adds.
 *
 * @param value as `type` says; a list with `repeated`
 */
export type FilterMethod<M extends ObjectLiteral = ObjectLiteral> = (
  query: SelectQueryBuilder<M>,
  // oxlint-disable-next-line typescript/no-explicit-any -- the method says what it takes; `type` makes it so
  value: any,
  ctx: GrpcContext,
) => void | SelectQueryBuilder<M> | Promise<void | SelectQueryBuilder<M>>;

export type FilterDeclaration =
  | { readonly kind: 'path'; readonly property: string; readonly options: PathFilterOptions }
  | { readonly kind: 'method'; readonly property: string; readonly options: MethodFilterOptions };

/**
 * The filters of a model as a class: `@FilterFields()` lists paths and lookups, `@Filter()` on a property gives a filter
 * a name of its own, `@Filter()` on a method writes its condition. One instance serves all calls; it is the provider of
 * that class if there is one.
 *
 * @example
 * \@FilterFields<Book>({ title: ['icontains'] })
 * class BookFilters extends FilterSet<Book> {
 *   \@Filter({ path: 'published', lookup: 'gte' }) publishedAfter!: string;
 *
 *   \@Filter({ type: 'boolean' })
 *   lent(query: SelectQueryBuilder<Book>, lent: boolean) {
 *     query.andWhere(`${query.alias}.borrowerId IS ${lent ? 'NOT NULL' : 'NULL'}`);
 *   }
 * }
 * \@GrpcController({ serializer: BookSerializer, filters: BookFilters })
 */
export abstract class FilterSet<M extends ObjectLiteral = ObjectLiteral> {
  /** For the compiler only: a set for one model is none for another. */
  declare protected readonly model?: M;
}

/** A filter set's class, as options take it. */
export type FilterSetClass<M extends ObjectLiteral = ObjectLiteral> = Type<FilterSet<M>>;

/** Paths and lookups of a `FilterSet`, those of its base classes included. */
export function FilterFields<M extends object = ObjectLiteral>(fields: FilterOptions<M>): ClassDecorator {
  return (target) => Reflect.defineMetadata(FIELDS, fields, target);
}

/**
 * One filter of a `FilterSet`: a property with a path, or a method that adds the condition. Requests use its name in
 * snake_case.
 */
export function Filter(options: PathFilterOptions | MethodFilterOptions = {}): PropertyDecorator {
  return (prototype, key) => {
    const property = String(key);
    const own = (Reflect.getOwnMetadata(FILTERS, prototype) as FilterDeclaration[] | undefined) ?? [];
    const declaration: FilterDeclaration =
      'path' in options ? { kind: 'path', property, options } : { kind: 'method', property, options };
    Reflect.defineMetadata(FILTERS, [...own, declaration], prototype);
  };
}

/** What was declared on a class and its bases; a subclass's own declaration of a name wins. */
export function declarationsOf(filterSet: FilterSetClass): {
  fields: Readonly<Record<string, readonly Lookup[]>>;
  filters: readonly FilterDeclaration[];
} {
  const chain: object[] = [];
  for (
    let type: object | null = filterSet;
    type && type !== Function.prototype;
    type = Object.getPrototypeOf(type) as object | null
  )
    chain.unshift(type);
  const filters = new Map<string, FilterDeclaration>();
  const fields: Record<string, readonly Lookup[]> = {};
  for (const type of chain) {
    Object.assign(fields, Reflect.getOwnMetadata(FIELDS, type));
    const { prototype } = type as { prototype: object };
    for (const each of (Reflect.getOwnMetadata(FILTERS, prototype) as FilterDeclaration[] | undefined) ?? [])
      filters.set(each.property, each);
  }
  return { fields, filters: [...filters.values()] };
}

export function isFilterSet(value: unknown): value is FilterSetClass {
  return typeof value === 'function';
}

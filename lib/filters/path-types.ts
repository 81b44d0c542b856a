/** Paths of a model's properties, and what may be asked of the values there, for the compiler. */
import type { Lookup } from './lookups.js';

/** Whether a type says nothing of the model: `object`, `ObjectLiteral`, `any`. */
export type IsAnyModel<M> = object extends M ? true : string extends keyof M ? true : false;

type Leaf = string | number | bigint | boolean | symbol | Date | Uint8Array;
/** What a property holds, or each of what it holds. */
type Held<T> = NonNullable<T> extends readonly (infer Item)[] ? NonNullable<Item> : NonNullable<T>;
type Deeper = { 3: 2; 2: 1; 1: 0; 0: 0 };

/**
 * Properties of a model, of embedded objects and of related models: `'title'`, `'address.city'`, `'author.name'`; at
 * most three dots.
 */
export type PathOf<M, Depth extends keyof Deeper = 3> =
  IsAnyModel<M> extends true
    ? string
    : {
        [K in keyof M & string]: Held<M[K]> extends Leaf
          ? K
          : // oxlint-disable-next-line typescript/no-explicit-any -- methods of any kind are no properties
            Held<M[K]> extends (...args: any[]) => unknown
            ? never
            : Depth extends 0
              ? K
              : K | `${K}.${PathOf<Held<M[K]>, Deeper[Depth]>}`;
      }[keyof M & string];

type ValueAt<M, P extends string> = P extends `${infer K}.${infer Rest}`
  ? K extends keyof M
    ? ValueAt<Held<M[K]>, Rest>
    : unknown
  : P extends keyof M
    ? Held<M[P]>
    : unknown;

type EqualityLookup = 'exact' | 'ne' | 'in' | 'isnull';
type OrderLookup = EqualityLookup | 'gt' | 'gte' | 'lt' | 'lte' | 'range';

/** Lookups for a value; texts may also be dates, decimals and the like, which boot looks at. */
type LookupFor<V> = unknown extends V
  ? Lookup
  : [V] extends [boolean]
    ? EqualityLookup
    : [V] extends [number | bigint | Date]
      ? OrderLookup
      : [V] extends [string]
        ? Lookup
        : EqualityLookup;

/**
 * Which filters requests may use: paths of the model, each with its lookups.
 *
 * @example
 * { title: ['exact', 'icontains'], 'author.name': ['exact'], published: ['gte', 'lt', 'isnull'] }
 */
export type FilterOptions<M> =
  IsAnyModel<M> extends true
    ? Readonly<Record<string, readonly Lookup[]>>
    : { readonly [P in PathOf<M>]?: readonly LookupFor<ValueAt<M, P>>[] };

/** A path with DRF's sign for how it is searched: `^` starts with, `=` is, `@` full text, `$` regular expression. */
export type SearchPath<M> = PathOf<M> | `${'^' | '=' | '@' | '$'}${PathOf<M>}`;

/** Paths that requests may order by, and the order when they do not say. */
export interface OrderingOptions<M> {
  /** Default: none. */
  readonly fields?: readonly PathOf<M>[];
  /** `['-published', 'title']`; `-` is descending. Default: the key. */
  readonly default?: readonly (PathOf<M> | `-${PathOf<M>}`)[];
}

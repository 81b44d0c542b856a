/** What may be asked of the values at a model's paths, for the compiler. */
import type { IsAnyModel, PathOf } from '../serialization/model-paths.js';
import type { Lookup } from './lookups.js';

/** What a property holds, or each of what it holds. */
type Held<T> = NonNullable<T> extends readonly (infer Item)[] ? NonNullable<Item> : NonNullable<T>;

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

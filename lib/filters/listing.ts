import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { GrpcContext } from '../request/grpc-context.js';
import type { InvalidValue } from '../serialization/input-values.js';
import type { Bind } from './lookups.js';
import type { ModelPath } from './model-path.js';
import type { StatementNames } from './path-conditions.js';

/** One filter that a request may use. */
export interface ListFilter {
  /** As requests write it: `title__icontains`. */
  readonly name: string;
  /** Reads the value of a request; gives what `apply` takes, or why it cannot be read. */
  readonly read: (value: unknown) => readonly unknown[] | InvalidValue;
  /** The condition as SQL, where it is about a column of the model itself; undefined: it takes a query. */
  readonly own?: ((values: readonly unknown[], alias: string, bind: Bind) => string) | undefined;
  /** Adds the condition. */
  readonly apply: (
    query: SelectQueryBuilder<ObjectLiteral>,
    values: readonly unknown[],
    ctx: GrpcContext,
    names: StatementNames,
  ) => unknown;
}

/** One place that a search looks at. */
export interface SearchField {
  readonly path: ModelPath;
  readonly mode: 'contains' | 'startswith' | 'exact' | 'fulltext' | 'regex';
}

/** One part of an order. */
export interface OrderTerm {
  readonly path: ModelPath;
  readonly descending: boolean;
}

/** What requests may ask of the lists of one controller. */
export interface Listing {
  /** All names of parameters that mean something, beside the filters. */
  readonly parameters: ReadonlySet<string>;
  readonly limits: { readonly filterConditions: number; readonly inList: number };
}

/** The same with what backends of the library need; worked out at boot. */
export interface CompiledListing extends Listing {
  /** By the name that requests use. */
  readonly filters: ReadonlyMap<string, ListFilter>;
  readonly search: readonly SearchField[];
  readonly ordering: {
    /** By the name that requests use. */
    readonly fields: ReadonlyMap<string, ModelPath>;
    /** When a request names none. */
    readonly default: readonly OrderTerm[];
  };
}

/** What backends are handed is the compiler's own; applications see less of it. */
export function compiled(listing: Listing): CompiledListing {
  return listing as CompiledListing;
}

import type { PageField } from '../pagination/paginator.js';

/** What the lists of one controller look like in the contract. */
export interface DeclaredLists {
  /** Requests have `_filters`, with this comment; undefined: they have not. */
  readonly filters: readonly string[] | undefined;
  /** Requests have `_pagination`, with this comment; undefined: they have not. */
  readonly pagination: readonly string[] | undefined;
  /** What list messages have beside the objects. */
  readonly answers: readonly PageField[];
}

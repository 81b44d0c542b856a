import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { RowWindow } from './select-rows.js';
import type { CallAccess } from './call-access.js';
import type { RawRow } from './column-reader.js';
import type { Key } from './keys.js';
import type { MaybePromise } from './maybe-promise.js';
import type { Question } from './statement-texts.js';

type Query = SelectQueryBuilder<ObjectLiteral>;

/** What is made of the rows of a model: messages, or entities. */
export interface RowReader<T> {
  /** Makes a plain query select what is needed, and nothing else. */
  select(query: Query, context: unknown): void;
  /** The rows of a plain query, ordered by its key last. */
  rows(query: Query, access: CallAccess, window?: RowWindow): MaybePromise<readonly RawRow[]>;
  /** The same without a query; undefined: it takes one. */
  ask?(
    question: Question,
    access: CallAccess,
    window: RowWindow,
  ): MaybePromise<readonly RawRow[] | undefined>;
  /** How many rows there are; undefined: it takes a query. */
  count?(question: Question, access: CallAccess): Promise<number | undefined>;
  /** One item for each row of such a query. */
  toItems(rows: readonly RawRow[], access: CallAccess): MaybePromise<T[]>;
  /** Items of the rows with the given keys, in their order. */
  readByKeys(
    keys: readonly Key[],
    access: CallAccess,
    options?: { readonly withDeleted?: boolean },
  ): Promise<T[]>;
  /** Keys of the rows of any query, each once, in its order. */
  keysOf(query: Query, access: CallAccess): Promise<readonly Key[]>;
}

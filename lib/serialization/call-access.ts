import type { EntityManager } from 'typeorm';
import type { RawRow } from './column-reader.js';
import type { MaybePromise } from './maybe-promise.js';

/** What reading and validating need of a call. */
export interface CallAccess {
  /** Handed to rules and scopes. */
  readonly context: unknown;
  /** Runs one statement where the call may run it: behind an open transaction, and not after a cancel. */
  run<T>(statement: (manager: EntityManager) => Promise<T>): Promise<T>;
  /**
   * The rows of a SELECT as arrays.
   *
   * @param names aliases of the selected expressions, all different, in the order that rows shall have
   */
  rows(sql: string, values: readonly unknown[], names: readonly string[]): MaybePromise<readonly RawRow[]>;
}

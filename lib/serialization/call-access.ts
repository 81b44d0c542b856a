import type { EntityManager } from 'typeorm';

/** What reading and validating need of a call. */
export interface CallAccess {
  /** Handed to rules and scopes. */
  readonly context: unknown;
  /** Runs one statement where the call may run it: behind an open transaction, and not after a cancel. */
  run<T>(statement: (manager: EntityManager) => Promise<T>): Promise<T>;
}

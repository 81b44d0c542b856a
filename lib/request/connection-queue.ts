/**
 * Drivers with one connection run everything over it: a statement of one call would land in the open transaction
 * of another and be rolled back with it. The queue lets one transaction run at a time, and other statements in
 * between, in the order in which they came.
 */
import type { DataSource, QueryRunner } from 'typeorm';

const SINGLE_CONNECTION = new Set([
  'better-sqlite3',
  'sqlite',
  'sqljs',
  'expo',
  'capacitor',
  'cordova',
  'nativescript',
]);

export function hasSingleConnection(dataSource: DataSource): boolean {
  return SINGLE_CONNECTION.has(dataSource.options.type);
}

export class ConnectionQueue {
  /** Ends with the last transaction that is open or waits. */
  private tail: Promise<void> | undefined;
  /** Statements outside transactions that run or wait. */
  private readonly statements = new Set<Promise<unknown>>();

  /** Whether a transaction is open or waits. */
  get isBusy(): boolean {
    return this.tail !== undefined;
  }

  /** Runs a statement behind the transactions that came before it. */
  async statement<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.tail ? this.tail.then(run) : run();
    this.statements.add(mine);
    try {
      return await mine;
    } finally {
      this.statements.delete(mine);
    }
  }

  /** Waits for everything that came before; what comes later waits until the result is called. */
  async acquire(): Promise<() => void> {
    const before = this.tail;
    const statements = [...this.statements];
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const tail = (before ?? Promise.resolve()).then(() => held);
    this.tail = tail;
    await before;
    await Promise.allSettled(statements);
    return () => {
      if (this.tail === tail) this.tail = undefined;
      release();
    };
  }
}

/**
 * A query runner for one call: the connection's own, with a transaction state of its own, whose statements and
 * transactions wait in the queue. Whatever a call does through its entity manager goes through it.
 */
export function queuedRunner(dataSource: DataSource, queue: ConnectionQueue): QueryRunner {
  const real = dataSource.createQueryRunner();
  let release: (() => void) | undefined;
  const leave = (): void => {
    release?.();
    release = undefined;
  };
  /** The connection is broken: there is no transaction left to end, and others must not wait for it. */
  const abandon = (runner: QueryRunner): void => {
    Object.assign(runner, { isTransactionActive: false, transactionDepth: 0 });
    leave();
  };
  const query = function (
    this: QueryRunner,
    ...statement: [sql: string, parameters?: unknown[]]
  ): Promise<unknown> {
    const run = (): Promise<unknown> => real.query.apply(this, statement);
    return release ? run() : queue.statement(run);
  };
  const own: Partial<QueryRunner> & ThisType<QueryRunner> = {
    query: query as QueryRunner['query'],
    async startTransaction(isolation) {
      const outermost = !this.isTransactionActive;
      release ??= await queue.acquire();
      try {
        await real.startTransaction.call(this, isolation);
      } catch (error) {
        if (outermost) abandon(this);
        throw error;
      }
    },
    async commitTransaction() {
      await real.commitTransaction.call(this);
      if (!this.isTransactionActive) leave();
    },
    async rollbackTransaction() {
      try {
        await real.rollbackTransaction.call(this);
        if (!this.isTransactionActive) leave();
      } catch (error) {
        abandon(this);
        throw error;
      }
    },
    // The connection is everybody's.
    release: () => Promise.resolve(),
  };
  return Object.assign(
    Object.create(real) as QueryRunner,
    { isTransactionActive: false, transactionDepth: 0 },
    own,
  );
}

import type { DataSource, EntityManager } from 'typeorm';
import type { ConnectionQueue } from './connection-queue.js';

/**
 * The database as one call sees it: its entity manager, which is transactional in writes. The library uses
 * nothing else inside a call and never takes a second connection.
 */
export class CallDatabase {
  private transactional: EntityManager | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: ConnectionQueue,
    private readonly signal: AbortSignal,
  ) {}

  get manager(): EntityManager {
    return this.transactional ?? this.dataSource.manager;
  }

  /** Runs one statement: never after the caller is gone, never inside a neighbour's transaction. */
  statement<T>(run: (manager: EntityManager) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    return this.transactional ? run(this.transactional) : this.queue.statement(() => run(this.manager));
  }

  /**
   * Runs work in the call's transaction; inside one it joins it. A call that ended meanwhile is rolled back, as
   * is any error.
   */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.transactional) return work();
    return this.queue.transaction(() => {
      this.signal.throwIfAborted();
      return this.dataSource.transaction(async (manager) => {
        this.transactional = manager;
        try {
          const result = await work();
          this.signal.throwIfAborted();
          return result;
        } finally {
          this.transactional = undefined;
        }
      });
    });
  }
}

import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { MaybePromise } from '../serialization/maybe-promise.js';
import type { CallLife } from './call-life.js';
import type { Rows } from './driver-rows.js';
import { rowsOf, type BoundWrite, type RowSources } from './row-source.js';
import { queuedRunner, type ConnectionQueue } from './connection-queue.js';

/**
 * The database as one call sees it: its entity manager, which is transactional in writes. The library uses
 * nothing else inside a call and never takes a second connection.
 */
export class CallDatabase {
  private static readonly logger = new Logger('SocioGrpc');
  private transactional: EntityManager | undefined;
  private ownManager: EntityManager | undefined;
  private readonly committed: (() => unknown)[] = [];

  /** @param queue of a data source with a single connection */
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: ConnectionQueue | undefined,
    private readonly life: CallLife,
    private readonly sources: RowSources,
  ) {}

  get manager(): EntityManager {
    if (this.transactional) return this.transactional;
    if (!this.queue) return this.dataSource.manager;
    this.ownManager ??= this.dataSource.createEntityManager(queuedRunner(this.dataSource, this.queue));
    return this.ownManager;
  }

  /**
   * The rows of a SELECT as arrays, never after the caller is gone.
   *
   * @param names of the selected expressions, in the order that rows shall have
   */
  rows(sql: string, values: readonly unknown[], names: readonly string[]): MaybePromise<Rows> {
    this.life.throwIfAborted();
    const { queue } = this;
    const source = this.sources.find();
    if (!source) return rowsOf(this.manager, sql, values, names);
    const runner = this.transactionRunner();
    if (runner || !queue?.isBusy) return source.rows(runner, sql, values, names);
    return queue.statement(async () => source.rows(undefined, sql, values, names));
  }

  /**
   * The rows that a statement gives back which writes, as arrays. Outside of a transaction it is one by itself; it is not
   * sent after the caller is gone, and stays what was sent before.
   */
  write(write: BoundWrite): MaybePromise<Rows> {
    const { life, queue } = this;
    life.throwIfAborted();
    const source = this.sources.find();
    if (!source) return this.writeByTypeorm(write);
    const runner = this.transactionRunner();
    const proceed = (): void => life.throwIfAborted();
    if (runner || !queue?.isBusy) return source.write(runner, write, proceed);
    return queue.statement(async () => {
      proceed();
      return source.write(undefined, write, proceed);
    });
  }

  private async writeByTypeorm({ sql, values, names, asks }: BoundWrite) {
    for (const ask of asks) if ((await rowsOf(this.manager, ask.sql, ask.values, [])).length === 0) return [];
    return rowsOf(this.manager, sql, values, names);
  }

  /** Whether statements belong to a transaction that is open. */
  get isTransactional(): boolean {
    return this.transactionRunner() !== undefined;
  }

  /** The connection of a transaction that is open here, the library's or one that the application began. */
  private transactionRunner(): QueryRunner | undefined {
    const runner = (this.transactional ?? this.ownManager)?.queryRunner;
    return runner?.isTransactionActive ? runner : undefined;
  }

  /** Runs one statement, never after the caller is gone. */
  async statement<T>(run: (manager: EntityManager) => Promise<T>): Promise<T> {
    this.life.throwIfAborted();
    return run(this.manager);
  }

  /**
   * Runs work in the call's transaction; inside one it joins it. A call that ended meanwhile is rolled back, as
   * is any error.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.transactional) return work();
    this.life.throwIfAborted();
    const result = await this.manager.transaction((manager) => this.inside(manager, work));
    await this.runCommitted();
    return result;
  }

  /** Runs `effect` once the call's transaction is committed, at once when there is none. */
  async afterCommit(effect: () => unknown): Promise<void> {
    this.committed.push(effect);
    if (!this.transactional) await this.runCommitted();
  }

  private async inside<T>(manager: EntityManager, work: () => Promise<T>): Promise<T> {
    this.transactional = manager;
    try {
      const result = await work();
      this.life.throwIfAborted();
      return result;
    } catch (error) {
      this.committed.length = 0;
      throw error;
    } finally {
      this.transactional = undefined;
    }
  }

  /** What is committed stays committed: a failing effect is logged and does not fail the call. */
  private async runCommitted(): Promise<void> {
    for (const effect of this.committed.splice(0)) {
      try {
        await effect();
      } catch (error) {
        CallDatabase.logger.error('an effect after the commit failed', error);
      }
    }
  }
}

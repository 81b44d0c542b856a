import type { DataSource } from 'typeorm';

/** Drivers that run everything over one connection: concurrent transactions would be one transaction. */
const SINGLE_CONNECTION = new Set([
  'better-sqlite3',
  'sqlite',
  'sqljs',
  'expo',
  'capacitor',
  'cordova',
  'nativescript',
]);

/**
 * Keeps transactions of a single connection apart: one after another, and the statements of other calls behind
 * an open one, so that nobody reads or joins what may still be rolled back.
 */
export class ConnectionQueue {
  private tail: Promise<unknown> | undefined;
  private readonly shared: boolean;

  constructor(dataSource: DataSource) {
    this.shared = SINGLE_CONNECTION.has(dataSource.options.type);
  }

  /** Runs a statement behind every open or waiting transaction. */
  async statement<T>(run: () => Promise<T>): Promise<T> {
    if (this.shared) while (this.tail) await this.tail;
    return run();
  }

  /** Runs a transaction when no other one is open. */
  async transaction<T>(run: () => Promise<T>): Promise<T> {
    if (!this.shared) return run();
    const before = this.tail;
    const mine = (before ?? Promise.resolve()).then(run);
    const settled: Promise<unknown> = mine.then(ignore, ignore).then(() => {
      if (this.tail === settled) this.tail = undefined;
    });
    this.tail = settled;
    return mine;
  }
}

/** Who waits in the queue does not care how the one before ended. */
function ignore(): void {
  return undefined;
}

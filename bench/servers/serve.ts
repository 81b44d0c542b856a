/** What the benchmark asks of a server in a process of its own, and how the server answers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Logger } from 'typeorm';
import type { DatabaseOptions } from '../databases.js';

/** Given to the server when it starts. */
export interface ServerOptions {
  readonly database: DatabaseOptions;
  /** Folder of `bench.proto`: ours writes it, the others read it. */
  readonly protoDir: string;
  /** Connections to PostgreSQL. */
  readonly poolSize: number;
  /** Of ours: whether `GrpcContext.current()` knows the call everywhere, which is the default. */
  readonly asyncContext: boolean;
}

/** What a process has used since it began; the peak since it was last asked. */
export interface Usage {
  /** Microseconds, user and system. */
  readonly cpu: number;
  /** Bytes. */
  readonly rss: number;
  readonly peakRss: number;
}

export type Question = 'usage' | 'settle' | 'watch' | 'statements';
export type ServerMessage =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'usage'; readonly usage: Usage }
  | { readonly kind: 'statements'; readonly statements: readonly string[] };

/** Statements that a server sends while it is watched. */
export class StatementWatch {
  private seen: string[] | undefined;

  record(sql: string): void {
    this.seen?.push(sql);
  }

  start(): void {
    this.seen = [];
  }

  stop(): readonly string[] {
    const seen = this.seen ?? [];
    this.seen = undefined;
    return seen;
  }

  /** As a logger of TypeORM. */
  get logger(): Logger {
    const silent = (): void => undefined;
    return {
      logQuery: (sql) => this.record(sql),
      logQueryError: silent,
      logQuerySlow: silent,
      logSchemaBuild: silent,
      logMigration: silent,
      log: silent,
    };
  }
}

/** Starts a server and answers questions until the benchmark ends it. */
export async function serve(
  start: (options: ServerOptions, watch: StatementWatch) => Promise<number>,
): Promise<void> {
  const watch = new StatementWatch();
  const options = JSON.parse(process.argv[2] ?? '') as ServerOptions;
  const send = (message: ServerMessage): void => void process.send?.(message);
  process.on('message', (question: Question) => {
    if (question === 'watch') watch.start();
    if (question === 'settle') settle();
    if (question === 'statements') send({ kind: 'statements', statements: watch.stop() });
    else send({ kind: 'usage', usage: usage() });
  });
  process.on('disconnect', () => process.exit());
  send({ kind: 'ready', port: await start(options, watch) });
}

/** What is garbage now is nobody's memory. */
function settle(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const status = readFileSync('/proc/self/status', 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  const result = { cpu: user + system, rss: kilobytes('VmRSS') * 1024, peakRss: kilobytes('VmHWM') * 1024 };
  // Starts the peak anew; see proc(5).
  writeFileSync('/proc/self/clear_refs', '5');
  return result;
}

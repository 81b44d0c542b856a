/** What a run has measured: plain data, written as JSON. */
import type { Targets } from './cases.js';
import type { ContenderName, ServerName } from './contender.js';
import type { DatabaseKind } from './databases.js';
import type { Machine } from './machine.js';

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Throughput {
  readonly perSecond: Spread;
  /** Microseconds of the server's processor. */
  readonly cpuPerCall: Spread;
  /** Bytes, the most of all rounds. */
  readonly peakRss: number;
}

export type Ratios = Readonly<Record<'nest' | 'raw', Spread>>;

export interface CaseResult {
  readonly name: string;
  readonly title: string;
  /** Undefined: it needs none. */
  readonly database: DatabaseKind | undefined;
  readonly contenders: Readonly<Record<ServerName, Throughput>>;
  /** How much more ours does, of each round. */
  readonly ratios: Ratios;
  /** The same without `GrpcContext.current()`. */
  readonly unfollowedRatios: Ratios;
  /** As `ratios`, of the processor's time for a call. */
  readonly cpuRatios: Ratios;
  readonly targets: Targets[DatabaseKind];
  /** Of one call. */
  readonly statements: Readonly<Record<ServerName, readonly string[]>>;
}

export interface LatencyResult {
  readonly name: string;
  readonly title: string;
  readonly database: DatabaseKind;
  readonly contender: ContenderName;
  /** Per cent of what the contender can do. */
  readonly load: number;
  readonly perSecond: number;
  readonly answeredPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export interface StreamResults {
  readonly database: DatabaseKind;
  readonly rows: number;
  readonly contenders: Readonly<Record<ContenderName, StreamThroughput>>;
}

export interface StreamThroughput {
  readonly rowsPerSecond: Spread;
  readonly firstRowMilliseconds: Spread;
  readonly peakRssAboveIdle: number;
  readonly cpuPerRow: number;
  /** Rows that were read before the reader lost patience. */
  readonly rows: number;
}

export interface BootResult {
  readonly entities: number;
  /** That the process may use. */
  readonly processors: number;
  /** Milliseconds from the start of the process. */
  readonly ours: Spread;
  readonly alone: Spread;
}

export interface CodecResult {
  readonly type: string;
  /** Nanoseconds for one field. */
  readonly encode: Readonly<Record<CodecName, number>>;
  readonly decode: Readonly<Record<CodecName, number>>;
}

export type CodecName = 'ours' | 'protobufjs' | 'proto-loader';

export interface Results {
  readonly machine: Machine;
  readonly rounds: number;
  readonly roundMilliseconds: number;
  readonly callsAtOnce: number;
  readonly cases: readonly CaseResult[];
  readonly latencies: readonly LatencyResult[];
  readonly streams: readonly StreamResults[];
  readonly boot: readonly BootResult[];
  readonly codec: readonly CodecResult[];
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number };
}

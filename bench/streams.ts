/** All rows of a long table in one call. */
import type { Arena } from './arena.js';
import { STREAM } from './cases.js';
import { CONTENDERS, type Contender, type ContenderName } from './contender.js';
import type { DatabaseKind } from './databases.js';
import { readStream, type StreamResult } from './load/stream.js';
import { spread, type StreamResults, type StreamThroughput } from './results.js';

/** Milliseconds that a reader waits for the end. */
const PATIENCE = 15_000;

interface Round extends StreamResult {
  readonly aboveIdle: number;
  readonly cpuPerRow: number;
}

/** @throws Error when streams differ, or one fails */
export async function measureStreams(
  arena: Arena,
  database: DatabaseKind,
  rows: number,
  rounds: number,
): Promise<StreamResults> {
  const measured: Record<ContenderName, Round[]> = { ours: [], nest: [], raw: [] };
  for (let round = 0; round < rounds; round += 1)
    for (const name of CONTENDERS)
      // A server that does not reach the end is not asked again.
      if (measured[name].every(({ complete }) => complete))
        measured[name].push(await readOnce(arena, arena.contenders[name]));
  // The hand-written one's codec writes zeros that proto3 leaves out.
  const digests = [...measured.ours, ...measured.raw].map(({ complete, digest }) => complete && digest);
  if (new Set(digests).size !== 1) throw new Error('the streams are not the same');
  for (const { complete, rows: read } of Object.values(measured).flat())
    if (complete && read !== rows) throw new Error(`a stream has ${read} rows instead of ${rows}`);
  return {
    database,
    rows,
    contenders: { ours: summary(measured.ours), nest: summary(measured.nest), raw: summary(measured.raw) },
  };
}

async function readOnce({ token }: Arena, contender: Contender): Promise<Round> {
  const idle = await contender.settledUsage();
  const target = {
    port: contender.port,
    path: STREAM.path,
    token,
    requests: [STREAM.request],
    expected: undefined,
  };
  const result = await readStream(target, PATIENCE);
  const { cpu, peakRss } = await contender.usage();
  return { ...result, aboveIdle: peakRss - idle.rss, cpuPerRow: (cpu - idle.cpu) / result.rows };
}

function summary(rounds: readonly Round[]): StreamThroughput {
  return {
    rowsPerSecond: spread(rounds.map(({ rows, seconds }) => rows / seconds)),
    firstRowMilliseconds: spread(rounds.map(({ firstRowMilliseconds }) => firstRowMilliseconds)),
    peakRssAboveIdle: Math.max(...rounds.map(({ aboveIdle }) => aboveIdle)),
    cpuPerRow: spread(rounds.map(({ cpuPerRow }) => cpuPerRow)).median,
    rows: rounds[0]?.rows ?? 0,
  };
}

/** `npm run bench`: the library against what one would write by hand, on this machine, in one run. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArena } from './arena.js';
import { measureBoot } from './boot.js';
import { loadCases } from './cases.js';
import { measureCodec } from './codec.js';
import { createDatabases, type DatabaseKind } from './databases.js';
import { measureLatency } from './latency.js';
import { describeMachine } from './machine.js';
import { markdownOf, statementsText } from './markdown.js';
import { readOptions, USAGE, type BenchOptions } from './options.js';
import { writeReports } from './report.js';
import type { CaseResult, LatencyResult, Results, StreamResults } from './results.js';
import { measureStreams } from './streams.js';
import { CALLS_PER_CONNECTION, CONNECTIONS, measureCase } from './throughput.js';

/** Cases whose latency is measured too. */
const WITH_LATENCY = new Set(['retrieve', 'list-100']);

const WITHOUT_SERVERS = new Set(['boot', 'codec']);

interface DatabaseResults {
  readonly cases: CaseResult[];
  readonly latencies: LatencyResult[];
  readonly streams: StreamResults[];
}

if (process.argv.includes('--help')) console.log(USAGE);
else await run(readOptions(process.argv.slice(2)));

async function run(options: BenchOptions): Promise<void> {
  const { rounds, milliseconds, out } = options;
  const machine = describeMachine();
  const wanted = (name: string): boolean => options.cases.size === 0 || options.cases.has(name);
  const parts: DatabaseResults[] = [];
  const withServers =
    options.cases.size === 0 || [...options.cases].some((name) => !WITHOUT_SERVERS.has(name));
  for (const kind of withServers ? options.databases : [])
    parts.push(await runDatabase(kind, options, wanted));
  const results: Results = {
    machine,
    rounds,
    roundMilliseconds: milliseconds,
    callsAtOnce: CONNECTIONS * CALLS_PER_CONNECTION,
    cases: parts.flatMap(({ cases }) => cases),
    latencies: parts.flatMap(({ latencies }) => latencies),
    streams: parts.flatMap(({ streams }) => streams),
    boot: wanted('boot') ? measureBoot(options.smoke ? [5] : [20, 500], options.smoke ? 1 : 3) : [],
    codec: wanted('codec') ? await measureCodec(options.smoke ? 100 : 20_000) : [],
  };
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  await writeFile(join(out, 'results.md'), markdownOf(results));
  console.log(markdownOf(results));
  if (options.report) await writeReports(results);
}

async function runDatabase(
  kind: DatabaseKind,
  { smoke, posts, readings, rounds, milliseconds }: BenchOptions,
  wanted: (name: string) => boolean,
): Promise<DatabaseResults> {
  progress(`${kind}: ${posts} posts, ${readings} readings`);
  const protoDir = await mkdtemp(join(tmpdir(), 'socio-grpc-bench-proto-'));
  const databases = await createDatabases(kind, { posts, readings });
  const arena = await openArena(databases, protoDir);
  const result: DatabaseResults = { cases: [], latencies: [], streams: [] };
  try {
    for (const each of await loadCases(protoDir, posts)) {
      if (!wanted(each.name) || (!each.database && kind !== 'sqlite')) continue;
      const measured = await measureCase(arena, each, kind, { rounds, milliseconds });
      progress(`${kind}: ${each.title}: ${ratiosOf(measured)}\n${statementsText(measured)}`);
      result.cases.push(measured);
      if (WITH_LATENCY.has(each.name) && wanted('latency'))
        result.latencies.push(...(await measureLatency(arena, each, kind, measured, smoke ? 200 : 1500)));
    }
    if (wanted('stream')) {
      progress(`${kind}: stream of ${readings} rows`);
      result.streams.push(await measureStreams(arena, kind, readings, smoke ? 1 : 3));
    }
  } finally {
    await arena.close();
    await databases.close();
    await rm(protoDir, { recursive: true, force: true });
  }
  return result;
}

function ratiosOf({ ratios, contenders }: CaseResult): string {
  const { ours } = contenders;
  return (
    `${Math.round(ours.perSecond.median)}/s, ${ours.cpuPerCall.median.toFixed(0)} us a call, ` +
    `${ratios.nest.median.toFixed(2)} of hand-written Nest, ${ratios.raw.median.toFixed(2)} of raw grpc-js`
  );
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What a run is asked for. */
import { parseArgs } from 'node:util';
import type { DatabaseKind } from './databases.js';

export interface BenchOptions {
  /** Names of cases; empty: all. */
  readonly cases: ReadonlySet<string>;
  readonly databases: readonly DatabaseKind[];
  readonly rounds: number;
  readonly milliseconds: number;
  /** Only to see that everything works; its figures mean nothing. */
  readonly smoke: boolean;
  /** Writes the tables into README and docs. */
  readonly report: boolean;
  /** Folder of `results.json` and `results.md`. */
  readonly out: string;
  readonly posts: number;
  readonly readings: number;
}

export const USAGE = `npm run bench -- [options]
  --case NAME      retrieve, list-100, list-1000, nested, create, partial-update, sum, stream, latency, boot, codec;
                   may be repeated. Default: all
  --database KIND  sqlite or postgres; may be repeated. Default: both
  --rounds N       rounds of each case. Default: 5
  --time MS        of one round of one server. Default: 1000
  --smoke          everything once and short, to see that it works
  --report         writes the tables into README.md and docs/performance.md
  --out FOLDER     of results.json and results.md. Default: bench/results`;

export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: 'string', multiple: true, default: [] },
      database: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
      rounds: { type: 'string' },
      time: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      out: { type: 'string', default: 'bench/results' },
    },
  });
  const { smoke, report, out } = values;
  return {
    cases: new Set(values.case),
    databases: values.database as DatabaseKind[],
    rounds: Number(values.rounds ?? (smoke ? 1 : 5)),
    milliseconds: Number(values.time ?? (smoke ? 100 : 1000)),
    smoke,
    report,
    out,
    posts: 10_000,
    readings: smoke ? 5000 : 1_000_000,
  };
}

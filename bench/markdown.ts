/** Results -> tables for people. */
import { FIELDS } from './boot.js';
import { CONTENDERS, SERVERS, TITLES, type ContenderName } from './contender.js';
import type { DatabaseKind } from './databases.js';
import type { CaseResult, Results, Spread, StreamResults } from './results.js';

const DATABASE_TITLES: Readonly<Record<DatabaseKind, string>> = { sqlite: 'SQLite', postgres: 'PostgreSQL' };
const MIB = 2 ** 20;

export function markdownOf(results: Results): string {
  return `${[
    machineText(results),
    ratioTable(results),
    throughputTable(results),
    latencyTable(results),
    streamTable(results),
    bootTable(results),
    codecTable(results),
    '## Statements of one call',
    ...results.cases.map((each) => `${heading(each)}\n\n\`\`\`sql\n${statementsText(each)}\n\`\`\``),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

export function machineText({ machine, rounds, roundMilliseconds, callsAtOnce }: Results): string {
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  const pinned = machine.pinned
    ? 'The server has one processor for itself, the caller and the database share the other.'
    : 'The processes share the processors.';
  return (
    `${machine.processor}, ${machine.processors} processors, ${machine.memory}, ${machine.system}, Node ${machine.node}, ` +
    `${packages.join(', ')}. ${pinned} ${rounds} interleaved rounds of ${roundMilliseconds / 1000} s, ${callsAtOnce} calls at once ` +
    `on 5 connections. Measured ${machine.date} at commit ${machine.commit}.`
  );
}

/** How many times as much ours does. */
export function ratioTable({ cases }: Results): string {
  if (cases.length === 0) return '';
  return table(
    [
      '',
      '',
      'calls/s',
      'against hand-written Nest',
      'target',
      'against raw grpc-js',
      'target',
      'the same with asyncContext: false',
    ],
    cases.map(({ title, database, contenders, ratios, unfollowedRatios, targets: [nest, raw] }) => [
      title,
      database === undefined ? '' : DATABASE_TITLES[database],
      count(contenders.ours.perSecond.median),
      judged(ratios.nest.median, nest),
      nest === undefined ? '-' : String(nest),
      judged(ratios.raw.median, raw),
      raw === undefined ? '-' : String(raw),
      judged(unfollowedRatios.raw.median, raw),
    ]),
  );
}

export function throughputTable({ cases }: Results): string {
  if (cases.length === 0) return '';
  const rows = cases.flatMap((each) =>
    SERVERS.map((name) => {
      const { perSecond, cpuPerCall, peakRss } = each.contenders[name];
      const { median, min, max } = perSecond;
      return [
        heading(each),
        TITLES[name],
        count(median),
        `${count(min)} - ${count(max)}`,
        cpuPerCall.median.toFixed(0),
        (peakRss / MIB).toFixed(0),
      ];
    }),
  );
  return table(['', 'server', 'calls/s', 'min - max', 'CPU of a call, us', 'peak RSS, MiB'], rows);
}

export function latencyTable({ latencies }: Results): string {
  if (latencies.length === 0) return '';
  return table(
    ['', 'server', 'load', 'calls/s due', 'answered/s', 'p50, ms', 'p99, ms'],
    latencies.map(({ title, database, contender, load, perSecond, answeredPerSecond, p50, p99 }) => [
      `${title}, ${DATABASE_TITLES[database]}`,
      TITLES[contender],
      `${load} %`,
      count(perSecond),
      count(answeredPerSecond),
      p50.toFixed(2),
      p99.toFixed(2),
    ]),
  );
}

export function streamTable({ streams }: Results): string {
  if (streams.length === 0) return '';
  return table(
    [
      'Stream',
      'server',
      'rows/s',
      'of raw grpc-js',
      'first row, ms',
      'peak RSS above idle, MiB',
      'CPU of a row, us',
    ],
    streams.flatMap((each) =>
      CONTENDERS.map((name) => {
        const { rowsPerSecond, firstRowMilliseconds, peakRssAboveIdle, cpuPerRow } = each.contenders[name];
        return [
          `${count(each.rows)} rows, ${DATABASE_TITLES[each.database]}`,
          `${TITLES[name]}${unfinished(each, name)}`,
          count(rowsPerSecond.median),
          (rowsPerSecond.median / each.contenders.raw.rowsPerSecond.median).toFixed(2),
          firstRowMilliseconds.median.toFixed(1),
          (peakRssAboveIdle / MIB).toFixed(0),
          cpuPerRow.toFixed(1),
        ];
      }),
    ),
  );
}

function unfinished({ rows, contenders }: StreamResults, name: ContenderName): string {
  const { rows: read } = contenders[name];
  return read < rows ? ` (left after 15 s and ${count(read)} rows)` : '';
}

export function bootTable({ boot }: Results): string {
  if (boot.length === 0) return '';
  return table(
    [
      `Boot, ${FIELDS} fields each`,
      'processors',
      'with services, ms',
      'Nest and TypeORM alone, ms',
      'difference, ms',
    ],
    boot.map(({ entities, processors, ours, alone }) => [
      `${entities} entities`,
      String(processors),
      withRange(ours),
      withRange(alone),
      String(ours.median - alone.median),
    ]),
  );
}

export function codecTable({ codec }: Results): string {
  if (codec.length === 0) return '';
  const cell = (value: number): string => value.toFixed(1);
  return table(
    [
      'ns a field',
      'encode: ours',
      'protobufjs',
      'proto-loader',
      'decode: ours',
      'protobufjs',
      'proto-loader',
    ],
    codec.map(({ type, encode, decode }) => [
      type,
      cell(encode.ours),
      cell(encode.protobufjs),
      cell(encode['proto-loader']),
      cell(decode.ours),
      cell(decode.protobufjs),
      cell(decode['proto-loader']),
    ]),
  );
}

export function statementsText({ statements }: CaseResult): string {
  return SERVERS.map((name) => `-- ${TITLES[name]}\n${statements[name].map(shortened).join('\n')}`).join(
    '\n',
  );
}

function shortened(sql: string): string {
  return sql.replace(/((?:\?|\$\d+), ){5,}(?:\?|\$\d+)/g, '$1...');
}

function heading({ title, database }: CaseResult): string {
  return database === undefined ? title : `${title}, ${DATABASE_TITLES[database]}`;
}

function judged(value: number, target: number | undefined): string {
  const text = value.toFixed(2);
  return target !== undefined && value < target ? `${text} (missed)` : text;
}

function withRange({ median, min, max }: Spread): string {
  return `${median} (${min} - ${max})`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0), cell.length),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

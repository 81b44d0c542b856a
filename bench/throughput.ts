/** Rounds of one case: each server in turn, so that what slows the machine slows all of them. */
import type { Arena } from './arena.js';
import type { Case } from './cases.js';
import { SERVERS, TITLES, type Contender, type ServerName } from './contender.js';
import type { DatabaseKind } from './databases.js';
import { answersOf } from './load/answers.js';
import { closedLoop } from './load/closed-loop.js';
import { spread, type CaseResult, type Ratios, type Throughput } from './results.js';

export interface ThroughputOptions {
  readonly rounds: number;
  readonly milliseconds: number;
}

export const CONNECTIONS = 5;
export const CALLS_PER_CONNECTION = 10;

interface Round {
  readonly perSecond: number;
  readonly cpuPerCall: number;
  readonly peakRss: number;
}

/** @throws Error when servers answer differently, or a call fails */
export async function measureCase(
  arena: Arena,
  each: Case,
  database: DatabaseKind,
  { rounds, milliseconds }: ThroughputOptions,
): Promise<CaseResult> {
  const { name, title, path, requests, repeatable, database: needsDatabase, targets } = each;
  const target = (contender: Contender) => ({ port: contender.port, path, token: arena.token, requests });
  const answers = await sameAnswers(arena, each, (contender) => answersOf(target(contender)));
  const statements = await ofEach(arena, (contender) =>
    contender.statementsOf(() => answersOf({ ...target(contender), requests: requests.slice(0, 1) })),
  );
  const run = async (contender: Contender, time: number): Promise<Round> => {
    const before = await contender.usage();
    const { calls, seconds } = await closedLoop(
      { ...target(contender), expected: repeatable ? answers[contender.name] : undefined },
      { connections: CONNECTIONS, calls: CALLS_PER_CONNECTION, milliseconds: time },
    );
    const { cpu, peakRss } = await contender.usage();
    return { perSecond: calls / seconds, cpuPerCall: (cpu - before.cpu) / calls, peakRss };
  };
  const measured: Record<ServerName, Round[]> = { ours: [], unfollowed: [], nest: [], raw: [] };
  // Until functions are compiled.
  for (const contender of SERVERS) await run(arena.contenders[contender], 2 * milliseconds);
  for (let round = 0; round < rounds; round += 1)
    for (const contender of inTurn(round))
      measured[contender].push(await run(arena.contenders[contender], milliseconds));
  return {
    name,
    title,
    database: needsDatabase ? database : undefined,
    contenders: {
      ours: summary(measured.ours),
      unfollowed: summary(measured.unfollowed),
      nest: summary(measured.nest),
      raw: summary(measured.raw),
    },
    ratios: ratios(measured, 'ours', ({ perSecond }) => perSecond),
    unfollowedRatios: ratios(measured, 'unfollowed', ({ perSecond }) => perSecond),
    cpuRatios: ratios(measured, 'ours', ({ cpuPerCall }) => 1 / cpuPerCall),
    targets: targets[database],
    statements,
  };
}

/** Of each round by itself. */
function ratios(
  measured: Readonly<Record<ServerName, readonly Round[]>>,
  ours: 'ours' | 'unfollowed',
  good: (round: Round) => number,
): Ratios {
  const against = (other: 'nest' | 'raw') =>
    spread(measured[ours].map((round, at) => good(round) / good(measured[other][at] as Round)));
  return { nest: against('nest'), raw: against('raw') };
}

/** Whoever comes first has it in the next round behind him. */
function inTurn(round: number): ServerName[] {
  return SERVERS.map((_name, at) => SERVERS[(at + round) % SERVERS.length] as ServerName);
}

function summary(rounds: readonly Round[]): Throughput {
  return {
    perSecond: spread(rounds.map(({ perSecond }) => perSecond)),
    cpuPerCall: spread(rounds.map(({ cpuPerCall }) => cpuPerCall)),
    peakRss: Math.max(...rounds.map(({ peakRss }) => peakRss)),
  };
}

async function ofEach<T>(
  { contenders }: Arena,
  work: (contender: Contender) => Promise<T>,
): Promise<Record<ServerName, T>> {
  return {
    ours: await work(contenders.ours),
    unfollowed: await work(contenders.unfollowed),
    nest: await work(contenders.nest),
    raw: await work(contenders.raw),
  };
}

/** @returns what each server answers, byte for byte */
async function sameAnswers(
  arena: Arena,
  { name, canonical }: Case,
  ask: (contender: Contender) => Promise<readonly Buffer[]>,
): Promise<Record<ServerName, readonly Buffer[]>> {
  const answers = await ofEach(arena, ask);
  const compare = (other: ServerName, index: number, theirs: Buffer, bytes: Buffer): void => {
    if (theirs.equals(bytes)) return;
    const at = bytes.findIndex((byte, place) => theirs[place] !== byte);
    const around = (answer: Buffer): string => answer.subarray(Math.max(at - 20, 0), at + 20).toString('hex');
    throw new Error(
      `${name}: ${TITLES[other]} answers request ${index} otherwise than ${TITLES.raw} from byte ${at} on: ` +
        `${around(theirs)} instead of ${around(bytes)}`,
    );
  };
  answers.raw.forEach((bytes, index) => {
    const { ours, unfollowed, nest } = answers;
    compare('ours', index, ours[index] as Buffer, bytes);
    compare('unfollowed', index, unfollowed[index] as Buffer, bytes);
    compare('nest', index, canonical(nest[index] as Buffer), bytes);
  });
  return answers;
}

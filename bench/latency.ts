/** What callers feel at a part of what a server can do, and beyond it. */
import type { Arena } from './arena.js';
import type { Case } from './cases.js';
import { CONTENDERS } from './contender.js';
import type { DatabaseKind } from './databases.js';
import { openLoop } from './load/open-loop.js';
import type { CaseResult, LatencyResult } from './results.js';

/** Per cent of a server's own capacity. */
export const LOADS = [30, 60, 90, 300] as const;
const CONNECTIONS = 10;

/** @param capacity what the closed loop has measured */
export async function measureLatency(
  arena: Arena,
  { name, title, path, requests }: Case,
  database: DatabaseKind,
  capacity: CaseResult,
  milliseconds: number,
): Promise<LatencyResult[]> {
  const results: LatencyResult[] = [];
  for (const load of LOADS)
    for (const contender of CONTENDERS) {
      const { port } = arena.contenders[contender];
      const perSecond = (capacity.contenders[contender].perSecond.median * load) / 100;
      const target = { port, path, token: arena.token, requests, expected: undefined };
      const result = await openLoop(target, { connections: CONNECTIONS, perSecond, milliseconds });
      results.push({ name, title, database, contender, load, ...result });
    }
  return results;
}

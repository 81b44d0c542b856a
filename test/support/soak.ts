/** Long streams against one server, in a short and a long form. */
import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertRows, Row } from '../fixtures/rows.js';
import { running, SoakController } from '../fixtures/soak.js';
import { bootApp, type TestApp } from './boot-app.js';
import { createDatabase, DATABASES, type DatabaseKind, type TestDatabase } from './databases.js';

const client = fileURLToPath(new URL('soak-client.mjs', import.meta.url));

export interface SoakSize {
  readonly pingPong: number;
  /** Messages of a client stream: first the smaller number, then the larger. */
  readonly collect: readonly [number, number];
  readonly cancel: number;
  readonly timeout: number;
}

async function call(app: TestApp, kind: string, count: number): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [client, app.address, kind, String(count)]);
  return JSON.parse(stdout);
}

/** `{ int32 count = 1; bool ordered = 2; }` */
function collected(count: number): string {
  const bytes = [8];
  let rest = count;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest, 16, 1]).toString('hex');
}

/** What Node holds open for other machines and processes. */
function openHandles(): number {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /^(TCPSocketWrap|PipeWrap|ProcessWrap)$/.test(name)).length;
}

interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

function poolOf(app: TestApp, kind: DatabaseKind): Pool {
  if (kind === 'sqlite') return { totalCount: 0, idleCount: 0, waitingCount: 0 };
  return (app.dataSource.driver as unknown as { master: Pool }).master;
}

/** Sessions of this database that do something or hold something. */
async function busySessions(app: TestApp): Promise<unknown[]> {
  return app.dataSource.query(
    `SELECT state, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
  );
}

async function eventually(holds: () => boolean): Promise<void> {
  for (const until = Date.now() + 10_000; !holds() && Date.now() < until;) await wait(20);
}

export function describeSoak(size: SoakSize): void {
  describe.each(DATABASES)('streams on %s', (kind) => {
    let app: TestApp;
    let database: TestDatabase;

    beforeAll(async () => {
      database = await createDatabase(kind);
      app = await bootApp({ database, entities: [Row], controllers: [SoakController] });
      await insertRows(app.dataSource, 1000, 100);
    });

    afterAll(async () => {
      await app.close();
      await database.drop();
    });

    it(
      `leave nothing behind when they are cancelled at ${size.cancel} points`,
      { timeout: size.timeout },
      async () => {
        await call(app, 'cancel', 3);
        const before = openHandles() - poolOf(app, kind).totalCount;
        const { codes } = (await call(app, 'cancel', size.cancel)) as { codes: Record<string, number> };
        // A few had come to their end before.
        expect(Object.keys(codes).filter((code) => code !== '0' && code !== '1')).toEqual([]);
        expect(codes['1']).toBeGreaterThan(size.cancel / 2);
        await eventually(() => {
          const pool = poolOf(app, kind);
          return (
            running.size === 0 &&
            pool.idleCount === pool.totalCount &&
            openHandles() - pool.totalCount <= before
          );
        });
        const pool = poolOf(app, kind);
        expect(running.size).toBe(0);
        expect({ waiting: pool.waitingCount, leased: pool.totalCount - pool.idleCount }).toEqual({
          waiting: 0,
          leased: 0,
        });
        expect(openHandles() - pool.totalCount).toBeLessThanOrEqual(before);
        if (kind === 'postgres') expect(await busySessions(app)).toEqual([]);
        // What came of a stream that was cancelled is never taken for all of it.
        expect(await app.dataSource.getRepository(Row).count()).toBe(1000);
      },
    );
  });

  describe('streams of messages', () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await bootApp({
        database: await createDatabase('sqlite'),
        entities: [Row],
        controllers: [SoakController],
      });
    });
    afterAll(() => app.close());

    it(`keep their order over ${size.pingPong} pings and pongs`, { timeout: size.timeout }, async () => {
      expect(await call(app, 'pingPong', size.pingPong)).toEqual({
        code: 0,
        sent: size.pingPong,
        ordered: true,
      });
    });

    it(
      `take as much memory for ${size.collect[1]} requests as for ${size.collect[0]}`,
      { timeout: size.timeout },
      async () => {
        const [smaller, larger] = size.collect;
        expect(await call(app, 'collect', smaller)).toEqual({ code: 0, answer: collected(smaller) });
        const before = process.memoryUsage().rss;
        expect(await call(app, 'collect', larger)).toEqual({ code: 0, answer: collected(larger) });
        const grown = Math.round((process.memoryUsage().rss - before) / 1e6);
        process.stdout.write(`${larger} requests: RSS ${grown} MB above that after ${smaller}\n`);
        expect(grown).toBeLessThan(32);
      },
    );
  });
}

/** Pages by cursor while rows come and go, with duplicates and NULLs in the order. */
import { randomBytes } from 'node:crypto';
import {
  AllowAny,
  CursorPagination,
  GrpcController,
  ListController,
  ModelSerializer,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import { Column, Entity, Index, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type Answer, type ProtoClient } from '../support/client.js';
import { countQueries, watchQueries } from '../support/count-queries.js';
import { administer, createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { struct, type Json } from '../support/struct.js';

const INVALID_ARGUMENT = 3;

@Entity()
class Camp {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
@Index(['score', 'id'])
@Index(['rank', 'id'])
class Scout {
  @PrimaryGeneratedColumn() id!: number;
  @Column() rank!: number;
  @Column({ type: 'int', nullable: true }) score!: number | null;
  @Column({ type: 'varchar', nullable: true }) name!: string | null;
  @Column({ type: 'float', nullable: true }) ratio!: number | null;
  @Column({ type: 'bigint' }) wide!: string;
  @Column({ type: Date, nullable: true }) moment!: Date | null;
  @ManyToOne(() => Camp, { nullable: true }) camp!: Relation<Camp> | null;
}

@ModelSerializer({ model: Scout, fields: ['id'] })
class ScoutSerializer extends ProtoSerializer<Scout> {}
class SignedSerializer extends ScoutSerializer {}

const OPTIONS = {
  permissions: [AllowAny],
  filters: { rank: ['gte', 'lt'] },
  ordering: { fields: ['rank', 'score', 'name', 'ratio', 'wide', 'moment', 'camp.name'] },
} as const;

@GrpcController({
  ...OPTIONS,
  serializer: ScoutSerializer,
  pagination: CursorPagination.with({ pageSize: 50 }),
})
class ScoutController extends ListController<Scout> {}

@GrpcController({
  ...OPTIONS,
  serializer: SignedSerializer,
  service: 'Signed',
  pagination: CursorPagination.with({ pageSize: 50, secret: 'of this test' }),
})
class SignedController extends ListController<Scout> {}

const ORDERS = [
  '',
  'rank',
  '-rank',
  'score',
  '-score',
  'score,-name',
  '-score,name,ratio',
  'name,-score',
  '-ratio',
  '-wide',
  'moment,rank',
  '-moment',
  'camp.name,-rank',
  '-camp.name',
];

describe.each(DATABASES)('cursors on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: [Camp, Scout],
      controllers: [ScoutController, SignedController],
    });
    client = await connectClient(app);
    await app.dataSource.getRepository(Camp).save([{ name: 'A' }, { name: 'B' }, { name: 'C' }]);
  });

  beforeEach(async () => {
    await app.dataSource.getRepository(Scout).createQueryBuilder().delete().execute();
    await fill(1000);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  /** Few different values, many NULLs; moments with microseconds where the database has them. */
  async function fill(rows: number): Promise<void> {
    const scouts = Array.from({ length: rows }, (_each, index) => ({
      rank: index % 17,
      score: index % 4 === 0 ? null : index % 7,
      name: index % 5 === 0 ? null : `n${index % 11}`,
      ratio: index % 3 === 0 ? null : (index % 13) / 3,
      wide: String(9_007_199_254_740_990n + BigInt(index % 6)),
      moment: index % 6 === 0 ? null : new Date(Date.UTC(2026, 0, 1 + (index % 9))),
      camp: index % 4 === 3 ? null : { id: (index % 3) + 1 },
    }));
    const { identifiers } = await app.dataSource.getRepository(Scout).insert(scouts);
    if (kind === 'postgres')
      await app.dataSource.query(
        `UPDATE scout SET moment = moment + (id % 5) * interval '1 microsecond' WHERE id >= $1`,
        [identifiers[0]?.['id']],
      );
  }

  function ask(
    pages: { [name: string]: Json },
    ordering = '',
    filters = {},
    service = 'Scout',
  ): Promise<Answer> {
    return client.call(`${service}Controller/List`, {
      _pagination: struct(pages),
      _filters: struct({ ...(ordering && { ordering }), ...filters }),
    });
  }

  interface Shown {
    readonly ids: number[];
    readonly next: string;
    readonly previous: string;
  }

  async function page(cursor: string, ordering: string, size = 90): Promise<Shown> {
    const { code, details, message } = await ask({ cursor, page_size: size }, ordering);
    expect(`${code} ${details}`).toBe('0 OK');
    const ids = (message.results as { id: number }[]).map(({ id }) => id);
    return { ids, next: message.nextCursor, previous: message.previousCursor };
  }

  describe.each(ORDERS)('by "%s"', (ordering) => {
    it('give every row once, forward and back, in one order', async () => {
      const forward: number[] = [];
      let shown = await page('', ordering);
      expect(shown.previous).toBe('');
      forward.push(...shown.ids);
      while (shown.next !== '') {
        shown = await page(shown.next, ordering);
        forward.push(...shown.ids);
      }
      expect(forward).toHaveLength(1000);
      expect(new Set(forward).size).toBe(1000);
      const backward: number[] = [...shown.ids];
      while (shown.previous !== '') {
        shown = await page(shown.previous, ordering);
        backward.unshift(...shown.ids);
      }
      expect(backward).toEqual(forward);
    });

    it('give every row that stays once while others come and go', async () => {
      const repository = app.dataSource.getRepository(Scout);
      const before = (await repository.find({ select: { id: true } })).map(({ id }) => id);
      const gone = new Set<number>();
      const change = async (): Promise<void> => {
        await fill(7);
        const victims = before.filter((id) => !gone.has(id) && Math.random() < 0.02);
        for (const id of victims) gone.add(id);
        if (victims.length > 0) await repository.delete(victims);
      };
      const collect = async (start: Shown, next: (shown: Shown) => string): Promise<number[]> => {
        const seen = [...start.ids];
        for (let shown = start; next(shown) !== '';) {
          await change();
          shown = await page(next(shown), ordering);
          seen.push(...shown.ids);
        }
        return seen;
      };
      const forward = await collect(await page('', ordering), ({ next }) => next);
      assertOnce(forward);
      // Back from an end that may have gone meanwhile.
      let last = await page('', ordering);
      while (last.next !== '') last = await page(last.next, ordering);
      const backward = await collect(last, ({ previous }) => previous);
      assertOnce(backward);

      function assertOnce(seen: readonly number[]): void {
        expect(new Set(seen).size).toBe(seen.length);
        const stayed = before.filter((id) => !gone.has(id));
        expect(stayed.filter((id) => !seen.includes(id))).toEqual([]);
      }
    });
  });

  it('find their place again where a whole page has gone', async () => {
    const first = await page('', 'rank', 990);
    const repository = app.dataSource.getRepository(Scout);
    const rest = await page(first.next, 'rank', 990);
    expect(rest.ids).toHaveLength(10);
    await repository.delete(rest.ids);
    const empty = await page(first.next, 'rank', 990);
    expect(empty.ids).toEqual([]);
    expect(empty.next).toBe('');
    // The row that the empty page began behind is on the page before.
    expect((await page(empty.previous, 'rank', 990)).ids).toEqual(first.ids);
  });

  it('take one statement a page, and one more on the pages where NULLs of the first column begin', async () => {
    const statements: number[] = [];
    let cursor = '';
    do {
      let shown: Shown | undefined;
      const seen = await countQueries(app.dataSource, async () => {
        shown = await page(cursor, 'score');
      });
      statements.push(seen.length);
      cursor = shown!.next;
    } while (cursor !== '');
    expect(statements.filter((count) => count > 1).length).toBeLessThanOrEqual(2);
    expect(Math.max(...statements)).toBeLessThanOrEqual(2);
  });

  it('that are damaged, foreign or of another list are refused', async () => {
    const { next } = await page('', 'score');
    const refused = async (cursor: Json, ordering = 'score', filters = {}, service = 'Scout') => {
      const { code, details } = await ask({ cursor }, ordering, filters, service);
      expect(`${String(cursor)} ${code}`).toBe(`${String(cursor)} ${INVALID_ARGUMENT}`);
      expect(details).toContain('Invalid cursor');
    };
    await refused(next, '-score');
    await refused(next, 'score', { rank__gte: 1 });
    await refused(next, 'score', {}, 'Signed');
    for (const cursor of [5, true, {}, [next], `${next}A`, next.slice(0, -1), ` ${next}`, 'A'.repeat(20_000)])
      await refused(cursor);
    expect((await ask({ cursor: next, page_size: 7 }, 'score')).code).toBe(0);
    expect((await ask({ cursor: null }, 'score')).code).toBe(0);
  });
});

describe('cursors on a large table of PostgreSQL', () => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase('postgres');
    app = await bootApp({
      database,
      entities: [Camp, Scout],
      controllers: [ScoutController, SignedController],
    });
    client = await connectClient(app);
    await administer(
      `INSERT INTO scout (rank, score, wide) SELECT i / 3, CASE WHEN i % 10 = 0 THEN NULL ELSE i / 7 END, i
       FROM generate_series(1, 100000) AS i`,
      database.url,
    );
    await administer('ANALYZE scout', database.url);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it.each(['rank', '-rank', 'score', '-score'])(
    'by "%s" read page 900 as cheaply as page 1, by an index',
    async (ordering) => {
      let cursor = '';
      const seen: { sql: string; parameters: readonly unknown[] }[] = [];
      const { logger } = app.dataSource;
      app.dataSource.logger = {
        ...logger,
        logQuery: (sql: string, parameters?: unknown[]) =>
          void seen.push({ sql, parameters: parameters ?? [] }),
      } as typeof logger;
      const buffers: number[] = [];
      try {
        for (let number = 1; number <= 900; number += 1) {
          seen.length = 0;
          const { message } = await client.call('ScoutController/List', {
            _pagination: struct({ cursor, page_size: 50 }),
            _filters: struct({ ordering }),
          });
          expect(message.results).toHaveLength(50);
          cursor = message.nextCursor;
          if (number === 1 || number === 900) buffers.push(await cost(seen.at(-1)!));
        }
      } finally {
        app.dataSource.logger = logger;
      }
      expect(buffers[1]).toBeLessThanOrEqual(buffers[0]! + 10);
    },
  );

  /** Pages of memory that the statement touches; it must go by an index and sort nothing. */
  async function cost({ sql, parameters }: { sql: string; parameters: readonly unknown[] }): Promise<number> {
    const rows = await app.dataSource.query<{ 'QUERY PLAN': string }[]>(`EXPLAIN (ANALYZE, BUFFERS) ${sql}`, [
      ...parameters,
    ]);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index (Only )?Scan/);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
    return [...plan.matchAll(/shared hit=(\d+)(?: read=(\d+))?/g)]
      .slice(0, 1)
      .reduce((sum, [, hit = '0', read = '0']) => sum + Number(hit) + Number(read), 0);
  }
});

describe('cursors that nobody gave out', () => {
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    const database = await createDatabase('sqlite');
    app = await bootApp({
      database,
      entities: [Camp, Scout],
      controllers: [ScoutController, SignedController],
    });
    client = await connectClient(app, 'in-process');
    const scouts = Array.from({ length: 60 }, (_each, rank) => ({ rank, wide: '1' }));
    await app.dataSource.getRepository(Scout).insert(scouts);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
  });

  function ask(cursor: string): Promise<Answer> {
    const request = { _pagination: struct({ cursor }), _filters: struct({ ordering: 'score' }) };
    return client.call('ScoutController/List', request);
  }

  it('with a flipped bit, or made up, are refused 10,000 times', async () => {
    const next = (await ask('')).message.nextCursor as string;
    const bytes = Buffer.from(next, 'base64url');
    const cursors = Array.from({ length: 10_000 }, (_each, index) => {
      if (index % 3 === 0) return randomBytes(1 + (index % 90)).toString('base64url');
      const damaged = Buffer.from(bytes);
      const bit = index % (bytes.length * 8);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      if (index % 3 === 1) return damaged.toString('base64url');
      const text = [...next];
      text[index % text.length] = String.fromCodePoint(33 + (index % 90));
      return text.join('') === next ? 'x' : text.join('');
    });
    const watch = watchQueries(app.dataSource);
    const codes = new Set<number>();
    for (let at = 0; at < cursors.length; at += 100) {
      const answers = cursors.slice(at, at + 100).map((cursor) => ask(cursor));
      for (const { code } of await Promise.all(answers)) codes.add(code);
    }
    expect([...codes]).toEqual([INVALID_ARGUMENT]);
    expect(watch.stop()).toEqual([]);
  }, 60_000);
});

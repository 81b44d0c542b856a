/** Places in a list that are hard to write down: NULLs at the end of pages, NaN, microseconds, bytes, and forgeries. */
import {
  AllowAny,
  CursorPagination,
  GrpcController,
  ListController,
  ModelSerializer,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn, ViewColumn, ViewEntity } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CursorToken } from '../../lib/pagination/cursor-token.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { struct, type Json } from '../support/struct.js';

const INVALID_ARGUMENT = 3;
const asItIs = { to: (value: unknown) => value, from: (value: unknown) => value };

@Entity()
class Pebble {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'int', nullable: true }) score!: number | null;
  @Column({ type: 'int', nullable: true }) size!: number | null;
  @Column({ type: 'float', nullable: true }) ratio!: number | null;
  @Column({ type: Date, nullable: true, transformer: asItIs }) moment!: Date | null;
}

@ModelSerializer({ model: Pebble, fields: ['id'] })
class PebbleSerializer extends ProtoSerializer<Pebble> {}

const PAGES = { permissions: [AllowAny], pagination: CursorPagination.with({ pageSize: 3 }) };

@GrpcController({
  ...PAGES,
  serializer: PebbleSerializer,
  ordering: { fields: ['score', 'size', 'ratio', 'moment'] },
})
class PebbleController extends ListController<Pebble> {}

/** Another release of the same list. */
@GrpcController({
  ...PAGES,
  serializer: PebbleSerializer,
  service: 'Pebble',
  ordering: { fields: ['score', 'size', 'ratio', 'moment'], default: ['score', '-size'] },
})
class PebbleController2 extends ListController<Pebble> {}

async function walk(client: ProtoClient, method: string, ordering: string, size: number): Promise<number[]> {
  const ids: number[] = [];
  let cursor = '';
  let calls = 0;
  do {
    const { results, nextCursor } = await client.get(method, {
      _pagination: struct({ cursor, page_size: size }),
      ...(ordering && { _filters: struct({ ordering }) }),
    });
    ids.push(...(results as { id: number }[]).map(({ id }) => id));
    cursor = nextCursor;
    calls += 1;
  } while (cursor !== '' && calls < 100);
  return ids;
}

describe.each(DATABASES)('places in a list on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, entities: [Pebble], controllers: [PebbleController] });
    client = await connectClient(app);
  });

  beforeEach(async () => {
    await app.dataSource.getRepository(Pebble).createQueryBuilder().delete().execute();
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  async function expectEachOnce(orderings: readonly string[]): Promise<void> {
    const rows = await app.dataSource.getRepository(Pebble).find();
    const all = rows.map(({ id }) => id).toSorted((a, b) => a - b);
    for (const ordering of orderings)
      for (let size = 1; size <= all.length + 1; size += 1) {
        const found = await walk(client, 'PebbleController/List', ordering, size);
        expect({ ordering, size, found: found.toSorted((a, b) => a - b) }).toEqual({
          ordering,
          size,
          found: all,
        });
      }
  }

  it('among NULLs that come first or last, whatever the size of the page', async () => {
    const values = [null, null, null, 1, 2];
    await app.dataSource
      .getRepository(Pebble)
      .insert(values.flatMap((score) => [null, 7].map((size) => ({ score, size }))));
    await expectEachOnce(['score', '-score', 'score,size', '-score,size', 'size,-score', '-size,-score']);
  });

  it('at numbers that are none, or endless', async () => {
    const numbers =
      kind === 'postgres'
        ? ["'NaN'", "'Infinity'", "'-Infinity'", '1', "'NaN'", "'Infinity'", 'NULL']
        : ['9e999', '-9e999', '9e999', '1', 'NULL', '-9e999'];
    const rows = numbers.map((each) => `(${each})`).join(', ');
    await app.dataSource.query(`INSERT INTO pebble (ratio) VALUES ${rows}`);
    await expectEachOnce(['ratio', '-ratio']);
  });

  it('at moments that a transformer reads', async () => {
    await app.dataSource.query(
      kind === 'postgres'
        ? `INSERT INTO pebble (moment) SELECT timestamp '2026-01-01' + i * interval '1 microsecond' FROM generate_series(1, 7) AS i`
        : `INSERT INTO pebble (moment) VALUES ('2026-01-01 00:00:00'), ('2026-01-01 00:00:00.000'), ('2026-01-01 00:00:00.001')`,
    );
    await expectEachOnce(['moment', '-moment']);
  });

  it('that are forged, with a signature that everybody can make, are refused or found', async () => {
    await app.dataSource.getRepository(Pebble).insert([{ score: 1 }, { score: 2 }]);
    const token = new CursorToken(undefined);
    const fingerprint = JSON.stringify([['Pebble', []], [['score', false]]]);
    const forged = async (from: readonly unknown[]): Promise<number> => {
      const cursor = token.write({ from, inclusive: false, backward: false }, fingerprint);
      const request = { _pagination: struct({ cursor }), _filters: struct({ ordering: 'score' }) };
      return (await client.call('PebbleController/List', request)).code;
    };
    expect(await forged([0, 0])).toBe(0);
    for (const from of [[], [1], [1, 2, 3], [{}, 1], [[], 1], [1, { bytes: 5 }], [{ number: 'x' }, 1]])
      expect(`${JSON.stringify(from)} ${await forged(from)}`).toBe(
        `${JSON.stringify(from)} ${INVALID_ARGUMENT}`,
      );
    for (const from of [
      ['x', 1],
      [true, 1],
      [1e300, 1],
      [1, 'x'],
      ["' OR 1=1 --", 1],
      [null, null],
    ])
      expect([0, INVALID_ARGUMENT]).toContain(await forged(from));
  });

  it('of a release that ordered the list in another way are refused', async () => {
    await app.dataSource.getRepository(Pebble).insert(Array.from({ length: 5 }, () => ({ score: 1 })));
    const { nextCursor } = await client.get('PebbleController/List');
    const parts = { database, entities: [Pebble] };
    const next = await bootApp({
      ...parts,
      controllers: [PebbleController2],
      ...(kind === 'sqlite' && { database: await createDatabase('sqlite') }),
    });
    const newer = await connectClient(next);
    const request = { _pagination: struct({ cursor: nextCursor as Json }) };
    expect((await newer.call('PebbleController/List', request)).code).toBe(INVALID_ARGUMENT);
    newer.close();
    await next.close();
  });
});

describe('a cursor with a secret', () => {
  const FROM = ['Zähringer', 9, null, 0.5];
  const list = 'of this list';
  const token = new CursorToken('of this test');
  const written = token.write({ from: FROM, inclusive: true, backward: false }, list);

  it('is read by who knows the secret, for the list that gave it', () => {
    expect(token.read(written, list)).toEqual({ from: FROM, inclusive: true, backward: false });
    expect(token.read(written, 'another')).toBeUndefined();
    expect(new CursorToken('another').read(written, list)).toBeUndefined();
    expect(new CursorToken(undefined).read(written, list)).toBeUndefined();
    expect(new CursorToken('').read(written, list)).toBeUndefined();
  });

  it('shows nothing of its row, and is the same for the same place', () => {
    const bytes = Buffer.from(written, 'base64url');
    expect(bytes.includes('hringer')).toBe(false);
    expect(bytes.includes('null')).toBe(false);
    expect(token.write({ from: FROM, inclusive: true, backward: false }, list)).toBe(written);
    const other = token.write({ from: ['Zähringen', 9, null, 0.5], inclusive: true, backward: false }, list);
    expect(other.slice(0, 20)).not.toBe(written.slice(0, 20));
  });

  it('is refused with any bit flipped', () => {
    const bytes = Buffer.from(written, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(token.read(damaged.toString('base64url'), list)).toBeUndefined();
    }
  });

  it('may be as long as the texts of its row', () => {
    const from = ['x'.repeat(100_000), 1];
    const long = token.write({ from, inclusive: false, backward: true }, list);
    expect(token.read(long, list)).toEqual({ from, inclusive: false, backward: true });
  });
});

describe('keys', () => {
  it('may be bytes', async () => {
    @Entity()
    class Sealed {
      @PrimaryColumn({ type: 'bytea' }) seal!: Buffer;
      @Column() id!: number;
    }
    @ModelSerializer({ model: Sealed, fields: ['id'] })
    class SealedSerializer extends ProtoSerializer<Sealed> {}
    @GrpcController({ ...PAGES, serializer: SealedSerializer })
    class SealedController extends ListController<Sealed> {}

    const database = await createDatabase('postgres');
    const app = await bootApp({ database, entities: [Sealed], controllers: [SealedController] });
    const client = await connectClient(app);
    const rows = [1, 2, 3, 4, 5].map((id) => ({ seal: Buffer.from([id, 255, 0]), id }));
    await app.dataSource.getRepository(Sealed).insert(rows);
    expect(await walk(client, 'SealedController/List', '', 2)).toEqual([1, 2, 3, 4, 5]);
    client.close();
    await app.close();
    await database.drop();
  });

  it('are needed: a view without one does not start', async () => {
    @ViewEntity({ expression: 'SELECT "score" FROM "pebble"' })
    class ScoreView {
      @ViewColumn() score!: number;
    }
    @ModelSerializer({ model: ScoreView })
    class ScoreViewSerializer extends ProtoSerializer<ScoreView> {}
    @GrpcController({ ...PAGES, serializer: ScoreViewSerializer })
    class ScoreViewController extends ListController<ScoreView> {}
    const problems = await problemsOf({
      entities: [Pebble, ScoreView],
      controllers: [ScoreViewController],
    });
    expect(problems).toEqual([
      'ScoreViewController: "ScoreView" has no key, so a cursor cannot tell its rows apart. ' +
        'Give it one with @PrimaryColumn(), or set another "pagination".',
    ]);
  });
});

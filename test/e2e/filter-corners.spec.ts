/** Columns that databases compare in ways of their own, tables in schemas, and requests that grow. */
import {
  AllowAny,
  GrpcController,
  ListController,
  ModelSerializer,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import { Column, Entity, JoinTable, ManyToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOG, CATALOG_CONTROLLERS } from '../fixtures/catalog.js';
import { SqliteTypes } from '../fixtures/column-types.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type Answer, type ProtoClient } from '../support/client.js';
import { administer, createDatabase, type TestDatabase } from '../support/databases.js';
import { struct, type Json } from '../support/struct.js';

const INVALID_ARGUMENT = 3;

@Entity({ schema: 'office' })
class Stamp {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

@Entity({ schema: 'office' })
class Letter {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'inet', nullable: true }) address!: string | null;
  @Column({ type: 'char', length: 6, nullable: true }) code!: string | null;
  @Column({ type: 'citext', nullable: true }) name!: string | null;
  @Column({ type: 'real', nullable: true }) weight!: number | null;
  @Column({ type: 'date', nullable: true }) sent!: string | null;
  @Column({ type: 'money', nullable: true }) postage!: string | null;
  @ManyToMany(() => Stamp) @JoinTable() stamps!: Relation<Stamp>[];
}

@ModelSerializer({ model: Letter, fields: ['id', 'address', 'code'] })
class LetterSerializer extends ProtoSerializer<Letter> {}

@GrpcController({
  serializer: LetterSerializer,
  permissions: [AllowAny],
  filters: {
    address: ['exact', 'ne', 'in', 'gt', 'range', 'icontains', 'startswith', 'isnull'],
    code: ['exact', 'in', 'iexact', 'contains', 'endswith'],
    name: ['exact', 'contains', 'in'],
    weight: ['exact', 'lt', 'in'],
    sent: ['gte'],
    postage: ['exact', 'gt'],
    'stamps.text': ['exact', 'ne'],
  },
  search: ['$code', '=stamps.text'],
})
class LetterController extends ListController<Letter> {}

describe("columns of PostgreSQL's own", () => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase('postgres', { extensions: ['citext'] });
    await administer('CREATE SCHEMA office', database.url);
    app = await bootApp({ database, entities: [Stamp, Letter], controllers: [LetterController] });
    client = await connectClient(app);
    const stamps = await app.dataSource.getRepository(Stamp).save([{ text: 'blue' }, { text: 'red' }]);
    await app.dataSource.getRepository(Letter).save([
      { address: '10.0.0.1', code: 'a1', name: 'Ada', weight: 0.1, postage: '1.50', stamps },
      {
        address: '10.0.0.20',
        code: 'b%2',
        name: 'Bob',
        weight: 2.5,
        postage: '2.50',
        stamps: stamps.slice(1),
      },
      { address: null, code: null, name: null, weight: null, postage: null, stamps: [] },
    ]);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  function ask(filters: { [name: string]: Json }): Promise<Answer> {
    return client.call('LetterController/List', { _filters: struct(filters) });
  }

  it.each<[{ [name: string]: Json }, number[]]>([
    // As the answer shows it, and as PostgreSQL writes it too.
    [{ address: '10.0.0.1' }, [1]],
    [{ address: '10.0.0.1/32' }, [1]],
    [{ address__ne: '10.0.0.1' }, [2, 3]],
    [{ address__in: ['10.0.0.1', '10.0.0.20'] }, [1, 2]],
    [{ address__gt: '10.0.0.3' }, [2]],
    [{ address__range: ['10.0.0.1', '10.0.0.9'] }, [1]],
    [{ address__icontains: '0.0.2' }, [2]],
    [{ address__icontains: '' }, [1, 2]],
    [{ address__icontains: '32' }, []],
    [{ address__startswith: '10.' }, [1, 2]],
    [{ address__isnull: true }, [3]],
    // Blanks that fill a `char` are no part of it.
    [{ code: 'a1' }, [1]],
    [{ code__in: ['a1', 'b%2'] }, [1, 2]],
    [{ code__iexact: 'A1' }, [1]],
    [{ code__endswith: '1' }, [1]],
    [{ code__contains: '%' }, [2]],
    [{ code__contains: ' ' }, []],
    [{ name: 'ADA' }, [1]],
    [{ name__contains: 'DA' }, [1]],
    [{ weight: 0.1 }, [1]],
    [{ weight__in: [0.1, 2.5] }, [1, 2]],
    [{ postage: '1.50' }, [1]],
    [{ postage__gt: 1.5 }, [2]],
    // A table between tables that is in a schema.
    [{ stamps__text: 'red' }, [1, 2]],
    [{ stamps__text: 'blue' }, [1]],
    [{ stamps__text__ne: 'blue' }, [2, 3]],
    [{ search: 'blue' }, [1]],
    [{ search: '^[ab]' }, [1, 2]],
  ])('%j finds %j', async (filters, expected) => {
    const { code, details, message } = await ask(filters);
    expect(`${code} ${details}`).toBe('0 OK');
    expect((message.results as { id: number }[]).map(({ id }) => id)).toEqual(expected);
  });

  it.each<{ [name: string]: Json }>([
    { address: '10.0.0' },
    { address: '10.0.0.1/33' },
    { address: '10.0.0.1/8/8' },
    { address__in: ['::1', 'x'] },
    { weight: 1e300 },
    { weight__lt: 1e-320 },
    { sent__gte: '0000-01-01' },
  ])('%j is refused by the name of the filter', async (filters) => {
    const { code, details } = await ask(filters);
    expect(code).toBe(INVALID_ARGUMENT);
    expect(Object.keys(JSON.parse(details) as object)).toEqual(Object.keys(filters));
  });

  it.each(['(', 'a[', '\\', '*'])('a search for the regular expression "%s" is refused', async (search) => {
    expect(await ask({ search })).toMatchObject({
      code: INVALID_ARGUMENT,
      details: 'a regular expression has the wrong form',
    });
  });
});

it('a value is compared as a transformer stores it', async () => {
  @ModelSerializer({ model: SqliteTypes, fields: ['id', 'transformed'] })
  class TransformedSerializer extends ProtoSerializer<SqliteTypes> {}
  @GrpcController({
    serializer: TransformedSerializer,
    permissions: [AllowAny],
    filters: { transformed: ['exact', 'ne', 'in', 'isnull'] },
  })
  class TransformedController extends ListController<SqliteTypes> {}
  const app = await bootApp({
    database: await createDatabase('sqlite'),
    entities: [SqliteTypes],
    controllers: [TransformedController],
  });
  const client = await connectClient(app);
  const rows = ['abc', 'def', null].map((transformed) => ({ transformed }));
  await app.dataSource.getRepository(SqliteTypes).save(rows);
  const cases: [{ [name: string]: Json }, number[]][] = [
    [{ transformed: 'abc' }, [1]],
    [{ transformed__ne: 'abc' }, [2, 3]],
    [{ transformed__in: ['abc', 'def'] }, [1, 2]],
    [{ transformed__isnull: true }, [3]],
  ];
  for (const [filters, expected] of cases) {
    const { results } = await client.get('TransformedController/List', { _filters: struct(filters) });
    expect((results as { id: number }[]).map(({ id }) => id)).toEqual(expected);
  }
  client.close();
  await app.close();
});

describe('a request that grows', () => {
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    app = await bootApp({
      database: await createDatabase('sqlite'),
      entities: CATALOG,
      controllers: CATALOG_CONTROLLERS,
    });
    client = await connectClient(app, 'in-process');
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
  });

  const GROWING: Record<string, (size: number) => { [name: string]: Json }> = {
    'in its names': (size) =>
      Object.fromEntries(Array.from({ length: size / 20 }, (_each, n) => [`titleOf__${n}.Part`, 1])),
    'in one name': (size) => ({ ['aB__.'.repeat(size / 5)]: 1 }),
    'in a text': (size) => ({ title: '"% \\'.repeat(size / 4) }),
    'in a number': (size) => ({ verses: '9'.repeat(size) }),
    'in a list': (size) => ({ title__in: Array.from({ length: size / 4 }, String) }),
    'in a text that is a list': (size) => ({ title__in: 'a,'.repeat(size / 2) }),
    'in its words': (size) => ({ search: 'a '.repeat(size / 2) }),
    'in its quotes': (size) => ({ search: '" '.repeat(size / 2) }),
    'in its order': (size) => ({ ordering: '-title,'.repeat(size / 7) }),
  };

  it.each(Object.keys(GROWING))('%s takes time that grows with it, and no faster', async (name) => {
    const time = async (size: number): Promise<number> => {
      const bytes = client.encode('PoemController/List', { _filters: struct(GROWING[name]!(size)) });
      const times: number[] = [];
      for (let run = 0; run < 5; run += 1) {
        // The processor's time, which other processes do not lengthen.
        const before = process.cpuUsage();
        await client.callWithBytes('PoemController/List', bytes);
        const { user, system } = process.cpuUsage(before);
        times.push((user + system) / 1000);
      }
      return Math.min(...times);
    };
    await time(1000);
    const [small, large] = [await time(40_000), await time(640_000)];
    // Sixteen times as much; what grows by squares would take 256 times as long. Two milliseconds are the least that count.
    expect(large / Math.max(small, 2)).toBeLessThan(128);
  });
});

/** Rows straight from the driver and rows by TypeORM: the same bytes, the same statements, the same errors. */
import type { EventEmitter } from 'node:events';
import { status as Status } from '@grpc/grpc-js';
import { Client, type ClientConfig, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  transactionMiddleware,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  PrimaryColumn,
  type EntitySubscriberInterface,
  type SelectQueryBuilder,
} from 'typeorm';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

@Entity()
class Parcel {
  @PrimaryColumn('bigint') id!: string;
  @Column() name!: string;
  @Column('float') weight!: number;
  @Column() sealed!: boolean;
  @Column({ type: String, nullable: true }) note!: string | null;
  @Column() sentAt!: Date;
}

/** Not in the order of the model's columns. */
@ModelSerializer({ model: Parcel, fields: ['note', 'sentAt', 'id', 'sealed', 'weight', 'name'] })
class ParcelSerializer extends ProtoSerializer<Parcel> {}

@GrpcController({ serializer: ParcelSerializer, permissions: [AllowAny] })
class ParcelController extends GenericCrudController<Parcel> {}

@GrpcController({
  serializer: ParcelSerializer,
  service: 'Whole',
  permissions: [AllowAny],
  middleware: [transactionMiddleware],
})
class WholeController extends GenericCrudController<Parcel> {}

/** Works on entities. */
@GrpcController({ serializer: ParcelSerializer, service: 'Object', permissions: [AllowAny] })
class ObjectController extends GenericCrudController<Parcel> {
  protected override async paginate(query: SelectQueryBuilder<Parcel>, ctx: GrpcContext) {
    const page = await super.paginate(query, ctx);
    return { ...page, objects: page.objects.toReversed().toReversed() };
  }
}

const METHODS = [
  ['Retrieve', { id: '9007199254740993' }],
  ['List', {}],
] as const;

const CHANGE = {
  sqlite: 'ALTER TABLE "parcel" ADD COLUMN "later" text',
  postgres: 'ALTER TABLE "parcel" ALTER COLUMN "name" TYPE text',
};

const AGAIN = {
  sqlite: 'ALTER TABLE "parcel" ADD COLUMN "again" text',
  postgres: 'ALTER TABLE "parcel" ALTER COLUMN "note" TYPE text',
};

describe.each(DATABASES)('rows on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: [Parcel],
      controllers: [ParcelController, WholeController, ObjectController],
    });
    client = await connectClient(app);
    for (const [id, sentAt] of [
      ['1', '2026-01-31T10:20:30.040Z'],
      ['9007199254740993', '2026-02-01T00:00:00.000Z'],
    ])
      await client.get('ParcelController/Create', { id, name: `parcel ${id}`, weight: 0.5, sentAt });
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  async function answers(): Promise<{ bytes: string[]; statements: string[] }> {
    const bytes: string[] = [];
    const statements = await countQueries(app.dataSource, async () => {
      for (const [method, request] of METHODS)
        bytes.push(
          Buffer.concat([...(await client.bytes(`ParcelController/${method}`, request))]).toString('hex'),
        );
    });
    return { bytes, statements };
  }

  it('are the same when TypeORM runs the statements, because somebody listens to them', async () => {
    const direct = await answers();
    const heard: string[] = [];
    const listener: EntitySubscriberInterface = { beforeQuery: ({ query }) => void heard.push(query) };
    app.dataSource.subscribers.push(listener);
    try {
      expect(await answers()).toEqual(direct);
      expect(heard).toEqual(direct.statements);
    } finally {
      app.dataSource.subscribers.splice(app.dataSource.subscribers.indexOf(listener), 1);
    }
    expect(await answers()).toEqual(direct);
  });

  it('are heard of by whoever takes the place of another subscriber', async () => {
    const { subscribers } = app.dataSource;
    const heard: string[] = [];
    subscribers.push({});
    await answers();
    subscribers.splice(-1, 1, { beforeQuery: ({ query }) => void heard.push(query) });
    try {
      const { statements } = await answers();
      expect(heard).toEqual(statements);
    } finally {
      subscribers.pop();
    }
  });

  it('are read inside the transaction that is open', async () => {
    const created = await client.get('ParcelController/Create', {
      id: 2,
      name: 'C',
      sentAt: '2026-03-01T00:00:00Z',
    });
    expect(await client.get('ParcelController/Retrieve', { id: 2 })).toEqual(created);
  });

  it('come while other calls write', async () => {
    const calls = Array.from({ length: 20 }, (_call, index) =>
      index % 2 === 0
        ? client.call('ParcelController/Create', {
            id: 10 + index,
            name: 'N',
            sentAt: '2026-03-01T00:00:00Z',
          })
        : client.call('ParcelController/List'),
    );
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(calls.map(() => 0));
  });

  it('are all there where keys are beyond 2^53 and entities are worked on', async () => {
    for (const id of ['9007199254740992', '-9223372036854775808'])
      await client.get('ParcelController/Create', {
        id,
        name: id,
        weight: 1,
        sentAt: '2026-02-01T00:00:00.000Z',
      });
    const ids = async (controller: string) =>
      ((await client.get(`${controller}/List`)) as { results: { id: string }[] }).results.map(({ id }) => id);
    expect(await ids('ParcelController')).toContain('9007199254740993');
    expect(await ids('ObjectController')).toEqual(await ids('ParcelController'));
    for (const id of ['9007199254740992', '-9223372036854775808'])
      await client.get('ParcelController/Destroy', { id });
  });

  it('come after the schema has changed, also where only transactions read', async () => {
    const retrieve = () => client.call('WholeController/Retrieve', { id: '1' });
    const before = await retrieve();
    await app.dataSource.query(AGAIN[kind]);
    // What a transaction had prepared cannot be prepared anew inside it.
    expect((await retrieve()).code).toBe(kind === 'postgres' ? Status.ABORTED : Status.OK);
    expect(await retrieve()).toMatchObject({ code: 0, message: before.message as object });
  });

  it('come after the schema has changed under prepared statements', async () => {
    const { bytes } = await answers();
    await app.dataSource.query(CHANGE[kind]);
    expect((await answers()).bytes).toEqual(bytes);
    expect((await answers()).bytes).toEqual(bytes);
  });
});

it('come no more from a connection that the server ends while it changes hands', async () => {
  const database = await createDatabase('postgres');
  const app = await bootApp({
    database: { ...database, options: { ...database.options, poolSize: 1 } as TestDatabase['options'] },
    entities: [Parcel],
    controllers: [ParcelController, WholeController],
  });
  const client = await connectClient(app);
  const { master: pool } = app.dataSource.driver as unknown as { readonly master: Pool };
  const holder = app.dataSource.createQueryRunner();
  const { connection } = (await holder.connect()) as { readonly connection: EventEmitter };
  const waiting = async (calls: number): Promise<void> =>
    vi.waitFor(() => expect(pool.waitingCount).toBe(calls), { timeout: 5_000, interval: 5 });
  const first = client.call('ParcelController/List');
  await waiting(1);
  const second = client.call('WholeController/List');
  await waiting(2);
  let thrown: unknown;
  // As if both messages had come in one packet.
  connection.once('readyForQuery', () => {
    try {
      connection.emit('errorMessage', Object.assign(new Error('terminating connection'), { code: '57P01' }));
    } catch (error) {
      thrown = error;
    }
  });
  await holder.release();
  expect((await first).code).toBe(Status.OK);
  expect((await second).code).toBe(Status.UNAVAILABLE);
  expect(thrown).toBeUndefined();
  expect((await client.call('WholeController/List')).code).toBe(Status.OK);
  client.close();
  await app.close();
  await database.drop();
});

it('are not written on a connection that the server has just ended', async () => {
  const database = await createDatabase('postgres');
  const app = await bootApp({
    database: { ...database, options: { ...database.options, poolSize: 1 } as TestDatabase['options'] },
    entities: [Parcel],
    controllers: [ParcelController],
  });
  const client = await connectClient(app);
  await client.get('ParcelController/Create', { id: 1, name: 'A', sentAt: '2026-03-01T00:00:00Z' });
  const { master: pool } = app.dataSource.driver as unknown as { readonly master: Pool };
  const other = new Client(pool.options as ClientConfig);
  await other.connect();
  await other.query('BEGIN; LOCK TABLE "parcel"');
  const write = (name: string) =>
    client.call('ParcelController/PartialUpdate', { id: 1, name, _partialUpdateFields: ['name'] });
  const first = write('B');
  const blocked = `SELECT pid FROM pg_locks WHERE NOT granted`;
  await vi.waitFor(async () => expect((await other.query(blocked)).rowCount).toBe(1), { timeout: 5_000 });
  const second = write('C');
  await vi.waitFor(() => expect(pool.waitingCount).toBe(1), { timeout: 5_000, interval: 5 });
  await other.query(`SELECT pg_terminate_backend(pid) FROM (${blocked}) AS of_first`);
  await other.query('COMMIT');
  expect((await first).code).toBe(Status.UNAVAILABLE);
  expect(await second).toMatchObject({ code: Status.OK, message: { name: 'C' } });
  await other.end();
  client.close();
  await app.close();
  await database.drop();
});

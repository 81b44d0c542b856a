/** Writes in one statement: what they ask the database, what they answer, and that they refuse what the long way refuses. */
import { Metadata, status as Status } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { AllowAny, GenericController, GrpcAction, GrpcController, type GrpcContext } from 'nestjs-socio-grpc';
import type { EntitySubscriberInterface } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Paper,
  PAPER_CONTROLLERS,
  PAPER_ENTITIES,
  Sheet,
  SheetSerializer,
  Writer,
} from '../fixtures/papers.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type AnyMessage, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

/** What a new row takes that refers to another: SQLite is asked for that before, with nothing in between. */
const REFERRING = { sqlite: ['SELECT', 'INSERT'], postgres: ['INSERT'] };

/** Connections of pg's pool unless somebody says otherwise. */
const POOL = 10;

/** Keeps calls inside until it is opened. */
class Gate {
  private readonly inside: (() => void)[] = [];
  private waiting: { readonly count: number; readonly done: () => void } | undefined;

  pass(): Promise<void> {
    return new Promise((resolve) => {
      this.inside.push(resolve);
      if (this.inside.length === this.waiting?.count) this.waiting.done();
    });
  }

  entered(count: number): Promise<void> {
    return new Promise((done) => {
      if (this.inside.length === count) done();
      else this.waiting = { count, done };
    });
  }

  open(): void {
    for (const leave of this.inside.splice(0)) leave();
  }
}

const gate = new Gate();

@GrpcController({ serializer: SheetSerializer, service: 'Gate', permissions: [AllowAny] })
class GateController extends GenericController<Sheet> {
  /** Has a connection while it waits. */
  @GrpcAction({ request: {}, response: {}, transaction: true })
  async hold(_request: object, ctx: GrpcContext) {
    await ctx.manager.getRepository(Sheet).count();
    await gate.pass();
    return {};
  }
}

describe.each(DATABASES)('writes of rows on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  let writer: number;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: PAPER_ENTITIES,
      controllers: [...PAPER_CONTROLLERS, GateController],
    });
    client = await connectClient(app);
  });

  beforeEach(async () => {
    for (const entity of PAPER_ENTITIES)
      await app.dataSource.createQueryBuilder().delete().from(entity).execute();
    writer = (await app.dataSource.getRepository(Writer).save({ name: 'Ann' })).id;
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const papers = () => app.dataSource.getRepository(Paper);

  /** What a call answers, and the first words of the statements it takes. */
  async function asked(method: string, request: object): Promise<{ answer: AnyMessage; verbs: string[] }> {
    let answer: AnyMessage;
    const statements = await countQueries(app.dataSource, async () => {
      answer = await client.get(method, request);
    });
    return { answer, verbs: statements.map((sql) => sql.split(' ')[0]!) };
  }

  it('store, change and remove in one statement each, and answer as Retrieve does', async () => {
    const created = await asked('PaperController/Create', { title: 'A', secret: 'abc', writer });
    expect(created.verbs).toEqual(REFERRING[kind]);
    expect(created.answer).toMatchObject({ title: 'A', secret: 'abc', writer, version: 1 });
    expect(created.answer.format).toMatchObject({ pages: 3 });
    const { id } = created.answer;
    expect(await client.get('PaperController/Retrieve', { id })).toEqual(created.answer);

    const changed = await asked('PaperController/PartialUpdate', {
      id,
      title: 'B',
      format: { pages: 8 },
      secret: 'not listed',
      _partialUpdateFields: ['title', 'format'],
    });
    expect(changed.verbs).toEqual(['UPDATE']);
    expect(changed.answer).toMatchObject({ title: 'B', secret: 'abc', writer, version: 2 });
    expect(changed.answer.format).toMatchObject({ pages: 8 });
    expect(await client.get('PaperController/Retrieve', { id })).toEqual(changed.answer);

    const whole = await asked('PaperController/Update', { id, title: 'C', format: { pages: 1, size: 'A4' } });
    expect(whole.verbs).toEqual(['UPDATE']);
    expect(whole.answer).toMatchObject({ title: 'C', version: 3 });
    expect(whole.answer).not.toHaveProperty('writer');
    expect(await client.get('PaperController/Retrieve', { id })).toEqual(whole.answer);

    expect((await asked('PaperController/Destroy', { id })).verbs).toEqual(['UPDATE']);
    expect(await papers().findOneOrFail({ where: { id }, withDeleted: true })).toMatchObject({
      gone: expect.any(Date) as Date,
      version: 4,
    });
  });

  it('look for what a row refers to, where the database does not', async () => {
    const gone = await app.dataSource.getRepository(Writer).save({ name: 'Bob', left: new Date() });
    const { id } = await client.get('PaperController/Create', { title: 'A', writer });
    for (const missing of [gone.id, 999_999]) {
      for (const [method, request] of [
        ['Create', { title: 'B', writer: missing }],
        ['Update', { id, title: 'B', format: {}, writer: missing }],
        ['PartialUpdate', { id, writer: missing, _partialUpdateFields: ['writer'] }],
      ] as const) {
        const { code, details } = await client.call(`PaperController/${method}`, request);
        expect(code).toBe(Status.INVALID_ARGUMENT);
        expect(details).toContain('object does not exist');
      }
    }
    expect(await papers().find({ relations: { writer: true } })).toMatchObject([
      { title: 'A', writer: { id: writer } },
    ]);
  });

  it('find no row that is not there, whatever else is wrong', async () => {
    const { id } = await client.get('PaperController/Create', { title: 'A' });
    await client.get('PaperController/Destroy', { id });
    for (const missing of [id, '00000000-0000-4000-8000-000000000000', 'no key'])
      for (const [method, request] of [
        ['Update', { title: '' }],
        ['Update', { title: 'B', format: {} }],
        ['PartialUpdate', { title: 'B', writer: 999_999, _partialUpdateFields: ['title', 'writer'] }],
        ['Destroy', {}],
      ] as const) {
        const { code } = await client.call(`PaperController/${method}`, { ...request, id: missing });
        expect(code).toBe(Status.NOT_FOUND);
      }
    expect(await papers().find({ withDeleted: true })).toMatchObject([{ title: 'A', version: 2 }]);
  });

  it('name the field of a value that is taken', async () => {
    const { id } = await client.get('PaperController/Create', { title: 'A' });
    await client.get('PaperController/Create', { title: 'B' });
    for (const [method, request] of [
      ['Create', { title: 'B', writer }],
      ['PartialUpdate', { id, title: 'B', _partialUpdateFields: ['title'] }],
    ] as const) {
      const { code, details } = await client.call(`PaperController/${method}`, request);
      expect(code).toBe(Status.ALREADY_EXISTS);
      expect(details).toContain('title');
    }
    expect(await papers().count()).toBe(2);
  });

  it('read what other tables have in the same transaction', async () => {
    const { answer, verbs } = await asked('WideController/Create', { title: 'A' });
    expect(verbs).toEqual(['INSERT', 'SELECT']);
    await papers().update(answer.id, { writer: { id: writer } });
    const changed = await asked('WideController/Update', { id: answer.id, title: 'B', format: {} });
    expect(changed.verbs).toEqual(['UPDATE', 'SELECT']);
    expect(changed.answer).toMatchObject({ title: 'B', writer: { id: writer, name: 'Ann' } });
  });

  it('find no row outside of the scope', async () => {
    const metadata = new Metadata();
    metadata.set('x-number', '7');
    const sheets = app.dataSource.getRepository(Sheet);
    const [own, shared, foreign] = await sheets.save([
      { name: 'own', number: 7 },
      { name: 'shared', number: 0 },
      { name: 'foreign', number: 8 },
    ]);
    const verbs = async (method: string, request: object): Promise<string[]> => {
      const statements = await countQueries(app.dataSource, () => client.get(method, request, { metadata }));
      return statements.map((sql) => sql.split(' ')[0]!);
    };
    for (const { id } of [own!, shared!])
      expect(
        await verbs('ScopedController/PartialUpdate', { id, name: 'shared', _partialUpdateFields: ['name'] }),
      ).toEqual(['UPDATE']);
    for (const [method, request] of [
      ['Update', { name: 'taken', number: 7 }],
      ['PartialUpdate', { number: 7, _partialUpdateFields: ['number'] }],
      ['Destroy', {}],
    ] as const) {
      const asked = { id: foreign!.id, ...request };
      const { code } = await client.call(`ScopedController/${method}`, asked, { metadata });
      expect(code).toBe(Status.NOT_FOUND);
    }
    expect(await verbs('ScopedController/Destroy', { id: own!.id })).toEqual(['DELETE']);
    expect(await sheets.find({ order: { id: 'ASC' } })).toMatchObject([
      { name: 'shared', number: 0 },
      { name: 'foreign', number: 8 },
    ]);
  });

  it('show objects to the permissions of an action that judge them, and of that action alone', async () => {
    const { id } = await client.get('SheetController/Create', { name: 'A' });
    expect((await asked('JudgedController/Update', { id, name: 'B' })).verbs).toEqual(['UPDATE']);
    expect((await client.call('JudgedController/Destroy', { id })).code).not.toBe(Status.OK);
    expect(await app.dataSource.getRepository(Sheet).find()).toMatchObject([{ name: 'B' }]);
  });

  it('leave to TypeORM what a class gives its objects', async () => {
    expect(await client.get('SheetController/Create', { name: 'N', number: 1 })).toMatchObject({ name: 'N' });
    const sheets = app.dataSource.getRepository(Sheet);
    expect(await sheets.find()).toMatchObject([{ name: 'N', number: 1 }]);
  });

  it('are told to subscribers that come while the server runs', async () => {
    const heard: string[] = [];
    const subscriber: EntitySubscriberInterface = {
      beforeInsert: () => void heard.push('insert'),
      afterUpdate: () => void heard.push('update'),
      beforeSoftRemove: () => void heard.push('remove'),
    };
    const { subscribers } = app.dataSource;
    subscribers.push(subscriber);
    try {
      const { id } = await client.get('PaperController/Create', { title: 'A' });
      await client.get('PaperController/Update', { id, title: 'B', format: {} });
      await client.get('PaperController/Destroy', { id });
    } finally {
      subscribers.splice(subscribers.indexOf(subscriber), 1);
    }
    expect(heard).toEqual(['insert', 'update', 'remove']);
    expect((await asked('PaperController/Create', { title: 'C' })).verbs).toEqual(['INSERT']);
  });

  it('are the same statements when TypeORM runs them, because somebody listens to queries', async () => {
    const listener: EntitySubscriberInterface = { afterQuery: () => undefined };
    app.dataSource.subscribers.push(listener);
    try {
      const { answer, verbs } = await asked('PaperController/Create', { title: 'A', writer });
      expect(verbs).toEqual(REFERRING[kind]);
      const { id } = answer;
      const changed = await asked('PaperController/Update', { id, title: 'B', format: {} });
      expect(changed).toMatchObject({ verbs: ['UPDATE'], answer: { title: 'B', version: 2 } });
      expect((await asked('PaperController/Destroy', { id })).verbs).toEqual(['UPDATE']);
      expect((await client.call('PaperController/Destroy', { id })).code).toBe(Status.NOT_FOUND);
    } finally {
      app.dataSource.subscribers.splice(app.dataSource.subscribers.indexOf(listener), 1);
    }
  });

  it('belong to the transaction that is open', async () => {
    const { id } = await client.get('PaperController/Create', { title: 'A' });
    for (const [method, request] of [
      ['Create', { title: 'B', writer }],
      ['Update', { id, title: 'B', format: {} }],
      ['Destroy', { id }],
    ] as const)
      expect((await client.call(`FailingController/${method}`, request)).code).toBe(Status.INTERNAL);
    expect(await papers().find()).toMatchObject([{ title: 'A', version: 1 }]);
  });
});

it.each(DATABASES)(
  'nothing is sent for callers who have left while all connections were taken on %s',
  async (kind) => {
    const database = await createDatabase(kind);
    const app = await bootApp({
      database,
      entities: PAPER_ENTITIES,
      controllers: [...PAPER_CONTROLLERS, GateController],
      options: { deadline: { default: 1000 } },
    });
    const client = await connectClient(app);
    const holding = Array.from({ length: kind === 'sqlite' ? 1 : POOL }, () =>
      client.call('GateController/Hold'),
    );
    await gate.entered(holding.length);
    const create = (title: string) => client.call('PaperController/Create', { title });
    expect((await Promise.all([create('A'), create('B')])).map(({ code }) => code)).toEqual([
      Status.DEADLINE_EXCEEDED,
      Status.DEADLINE_EXCEEDED,
    ]);
    gate.open();
    await Promise.all(holding);
    expect((await create('C')).code).toBe(Status.OK);
    const papers = await app.dataSource.getRepository(Paper).find();
    expect(papers.map(({ title }) => title)).toEqual(['C']);
    client.close();
    await app.close();
    await database.drop();
  },
);

it('fail alone when their connection breaks', async () => {
  const database = await createDatabase('postgres');
  const app = await bootApp({ database, entities: PAPER_ENTITIES, controllers: PAPER_CONTROLLERS });
  const client = await connectClient(app);
  const holder = app.dataSource.createQueryRunner();
  await holder.startTransaction();
  await holder.query('LOCK TABLE "writer" IN EXCLUSIVE MODE');
  const creating = client.call('WriterController/Create', { name: 'Ann' });
  const ended = async (): Promise<unknown[]> =>
    app.dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
  while ((await ended()).length === 0);
  expect((await creating).code).toBe(Status.UNAVAILABLE);
  await holder.rollbackTransaction();
  await holder.release();
  expect(await client.get('WriterController/Create', { name: 'Bob' })).toMatchObject({ name: 'Bob' });
  client.close();
  await app.close();
  await database.drop();
});

const TRIGGER = {
  sqlite: [
    `CREATE TRIGGER "shout" AFTER INSERT ON "writer" BEGIN ` +
      `UPDATE "writer" SET "name" = upper("name") WHERE "id" = NEW."id"; END`,
  ],
  postgres: [
    `CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ` +
      `UPDATE "writer" SET "name" = upper("name") WHERE "id" = NEW."id"; RETURN NULL; END $$`,
    `CREATE TRIGGER "shout" AFTER INSERT ON "writer" FOR EACH ROW EXECUTE FUNCTION shout()`,
  ],
};

it.each(DATABASES)('answers show what triggers made of a row on %s', async (kind) => {
  const database = await createDatabase(kind, { shared: true });
  const parts = { database, entities: PAPER_ENTITIES, controllers: PAPER_CONTROLLERS };
  const first = await bootApp(parts);
  for (const statement of TRIGGER[kind]) await first.dataSource.query(statement);
  await first.close();
  const app = await bootApp(parts);
  const client = await connectClient(app);
  expect(await client.get('WriterController/Create', { name: 'ann' })).toMatchObject({ name: 'ANN' });
  client.close();
  await app.close();
  await database.drop();
});

it('boot tells at debug which actions write in one statement, and why others do not', async () => {
  const debug = vi.spyOn(Logger.prototype, 'debug');
  const app = await bootApp({
    database: await createDatabase('sqlite'),
    entities: PAPER_ENTITIES,
    controllers: PAPER_CONTROLLERS,
  });
  const lines = debug.mock.calls.map(([line]) => line as string);
  for (const action of ['create', 'update', 'partialUpdate', 'destroy'])
    expect(lines).toContain(`PaperController.${action}: writes in one statement`);
  expect(lines).toContain(
    'SheetController.create: writes in a transaction, since its class gives "name" a value',
  );
  expect(lines).toContain(
    'JudgedController.destroy: writes in a transaction, since its permissions judge objects',
  );
  expect(lines).toContain(
    'ScopedController.update: writes in one statement, where its scope is about columns of the row',
  );
  debug.mockRestore();
  await app.close();
});

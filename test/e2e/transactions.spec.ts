import { status as Status } from '@grpc/grpc-js';
import {
  AllowAny,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  LookupField,
  SelfSerializer,
  type GrpcContext,
  type Values,
} from 'nestjs-socio-grpc';
import { createGrpcTestingClient } from 'nestjs-socio-grpc/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Row, RowSerializer } from '../fixtures/rows.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

const effects: string[] = [];

@GrpcController({ serializer: RowSerializer, service: 'Ledger', permissions: [AllowAny] })
class LedgerController extends GenericCrudController<Row> {
  /** Fails after the row is written, when its text says so. */
  protected override async performCreate(values: Values<Row>, ctx: GrpcContext): Promise<Row> {
    const row = await super.performCreate(values, ctx);
    await ctx.afterCommit(() => effects.push(row.text));
    await new Promise((resolve) => setImmediate(resolve));
    if (row.text.startsWith('bad')) throw new Error('changed my mind');
    return row;
  }

  /** Writes without a transaction, through the call's own manager. */
  @GrpcAction({ request: { text: 'string' }, response: { id: 'int32' } })
  async note(request: { text: string }, ctx: GrpcContext) {
    const { id } = await ctx.manager.getRepository(Row).save({ text: request.text });
    return { id };
  }

  @GrpcAction({ request: { text: 'string', fail: 'bool' }, response: { id: 'int32' }, transaction: true })
  async twice(request: { text: string; fail: boolean }, ctx: GrpcContext) {
    await ctx.manager.getRepository(Row).insert({ text: request.text });
    await ctx.afterCommit(() => effects.push(request.text));
    const { id } = await ctx.manager.getRepository(Row).save({ text: request.text });
    if (request.fail) throw new Error('changed my mind');
    return { id };
  }

  @GrpcAction({ request: LookupField, response: SelfSerializer, transaction: true })
  async hang(_request: object, ctx: GrpcContext) {
    const row = await this.getObject(ctx);
    await ctx.manager.getRepository(Row).update(row.id, { text: 'half-written' });
    // On a busy machine its time may be over by now.
    if (!ctx.signal.aborted) await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
    return this.serialize(row, ctx);
  }
}

describe.each(cross(DATABASES, PATHS))('transactions on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: [Row], controllers: [LedgerController] });
    client = await connectClient(app);
  });

  beforeEach(async () => {
    effects.length = 0;
    await app.dataSource.getRepository(Row).clear();
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const texts = async (): Promise<string[]> =>
    (await app.dataSource.getRepository(Row).find()).map(({ text }) => text).toSorted();

  it('keep exactly the acknowledged rows of 200 parallel writes beside plain writes and reads', async () => {
    const seen: string[] = [];
    const calls = Array.from({ length: 200 }, async (_unused, n) => {
      const text = `${n % 3 === 0 ? 'bad' : 'good'} ${n}`;
      const creating = client.call('LedgerController/Create', { text });
      const noting = n % 5 === 0 ? client.call('LedgerController/Note', { text: `note ${n}` }) : undefined;
      const { results } = await client.get('LedgerController/List');
      seen.push(...(results as AnyMessage[]).map((row) => row.text as string));
      const answers = [await creating, await noting];
      return [
        answers[0]!.code === Status.OK ? text : undefined,
        answers[1]?.code === Status.OK ? `note ${n}` : undefined,
      ];
    });
    const acknowledged = (await Promise.all(calls)).flat().filter((text) => text !== undefined);
    expect(acknowledged).toHaveLength(133 + 40);
    expect(await texts()).toEqual(acknowledged.toSorted());
    expect(seen.filter((text) => text.startsWith('bad'))).toEqual([]);
  });

  it('run effects after the commit, and none of what was rolled back', async () => {
    await client.get('LedgerController/Create', { text: 'good' });
    await client.call('LedgerController/Create', { text: 'bad' });
    expect(effects).toEqual(['good']);
  });

  it('are taken by an action that asks for one', async () => {
    expect((await client.call('LedgerController/Twice', { text: 'a', fail: true })).code).toBe(
      Status.INTERNAL,
    );
    expect(await texts()).toEqual([]);
    expect(effects).toEqual([]);
    await client.get('LedgerController/Twice', { text: 'b' });
    expect(await texts()).toEqual(['b', 'b']);
    expect(effects).toEqual(['b']);
  });

  it('are rolled back when the caller cancels or its time is over', async () => {
    const { id } = await client.get('LedgerController/Create', { text: 'whole' });
    const deadline = new Date(Date.now() + 100);
    expect((await client.call('LedgerController/Hang', { id }, { deadline })).code).toBe(
      Status.DEADLINE_EXCEEDED,
    );
    const aborter = new AbortController();
    const cancelled = client.call('LedgerController/Hang', { id }, { signal: aborter.signal });
    setTimeout(() => aborter.abort(), 50);
    expect((await cancelled).code).toBe(Status.CANCELLED);
    expect(await client.get('LedgerController/Retrieve', { id })).toMatchObject({ text: 'whole' });
  });

  it('of 100 parallel writes finish with a pool of one connection', async () => {
    const small = await createDatabase(kind);
    const one = await bootApp({
      database: { ...small, options: { ...small.options, poolSize: 1 } as never },
      path,
      entities: [Row],
      controllers: [LedgerController],
    });
    const tester = await createGrpcTestingClient(one.app);
    const created = await Promise.all(
      Array.from({ length: 100 }, (_unused, n) =>
        tester.unary('LedgerController/Create', { text: `good ${n}` }),
      ),
    );
    expect(new Set(created.map(({ id }) => id)).size).toBe(100);
    await one.close();
    await small.drop();
  });
});

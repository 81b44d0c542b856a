/** Actions of an application's own: what they may give, and the transaction they may ask for. */
import { GrpcNotFoundException } from '@nestjs/microservices';
import {
  AllowAny,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  IsAuthenticated,
  ModelSerializer,
  ProtoSerializer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { from, switchMap } from 'rxjs';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross } from '../support/paths.js';

const effects: string[] = [];

@Entity()
class Team {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Player {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @ManyToOne(() => Team, { nullable: false }) team!: Relation<Team>;
}

@ModelSerializer({ model: Player })
class PlayerSerializer extends ProtoSerializer<Player> {}

const ID = { id: 'int32' };
const NAME = { name: 'string' };

/** Anything can be thrown. */
const THROWN: Record<string, unknown> = {
  'no prototype': Object.create(null),
  'a broken getter': Object.defineProperty(new Error('x'), 'stack', {
    get() {
      throw new Error('SECRET');
    },
  }),
  'a proxy': new Proxy({}, { get: () => expect.fail(), getPrototypeOf: () => expect.fail() }),
  nothing: undefined,
  'a symbol': Symbol('SECRET'),
};

@GrpcController({ serializer: PlayerSerializer, permissions: [AllowAny] })
class PlayerController extends GenericCrudController<Player> {
  @GrpcAction({ request: ID, response: PlayerSerializer })
  promote(_request: object, ctx: GrpcContext) {
    return this.getObject(ctx);
  }

  @GrpcAction({ request: ID, response: PlayerSerializer, responseStream: true })
  async *twice(_request: object, ctx: GrpcContext) {
    const player = await this.getObject(ctx);
    yield player;
    yield this.serialize(player, ctx);
  }

  @GrpcAction({ request: NAME, response: NAME, transaction: true })
  observed({ name }: { name: string }, ctx: GrpcContext) {
    return from(Promise.resolve(name)).pipe(
      switchMap(async () => {
        await ctx.manager.getRepository(Team).insert({ name });
        throw new GrpcNotFoundException('after the insert');
      }),
    );
  }

  @GrpcAction({ request: NAME, response: NAME })
  async joined({ name }: { name: string }, ctx: GrpcContext) {
    await ctx.transaction(async () => {
      await ctx.afterCommit(() => effects.push(name));
      await ctx.manager.getRepository(Team).insert({ name });
      await ctx.transaction(async () => ctx.manager.getRepository(Team).insert({ name: `${name} again` }));
      if (name === 'bad') throw new GrpcNotFoundException('taken back');
    });
    return { name };
  }

  // @ts-expect-error it answers nothing
  @GrpcAction({ request: NAME, response: NAME })
  async forgetful() {}

  @GrpcAction({ request: NAME, response: NAME, responseStream: true })
  async *headed(_request: object, ctx: GrpcContext) {
    ctx.setHeader('x-early', 'yes');
    yield* [];
  }

  @GrpcAction({ request: NAME, response: NAME })
  async refusing(_request: object, ctx: GrpcContext): Promise<never> {
    ctx.setHeader('x-early', 'yes');
    throw new GrpcNotFoundException('no');
  }

  @GrpcAction({ request: NAME, response: NAME })
  async throwing({ name }: { name: string }): Promise<never> {
    throw THROWN[name];
  }

  @GrpcAction({ request: NAME, response: NAME, requestStream: true })
  async collected(_requests: AsyncIterable<object>, ctx: GrpcContext) {
    return this.getObject(ctx);
  }

  @GrpcAction({ request: { player: 'string' }, response: PlayerSerializer, requestStream: true })
  async last(requests: AsyncIterable<{ player: string }>, ctx: GrpcContext) {
    let id = '';
    for await (const { player } of requests) id = player;
    return this.getObject(ctx, { id });
  }

  private readonly model = 'a name of its own';
  lookup = () => this.model;
}

/** States nothing but its name: permissions and serializer are its base's. */
@GrpcController({ service: 'Guarded', permissions: [IsAuthenticated] })
class GuardedController extends PlayerController {}
@GrpcController({ service: 'GuardedToo' })
class GuardedTooController extends GuardedController {}

describe.each(cross(DATABASES, DOORS))('own actions on %s through the %s door', (kind, door) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  let player: { id: number };

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: [Team, Player],
      controllers: [PlayerController, GuardedController, GuardedTooController],
      options: { permissions: [AllowAny] },
    });
    client = await connectClient(app, door);
    const team = await app.dataSource.getRepository(Team).save({ name: 'red' });
    player = await app.dataSource.getRepository(Player).save({ name: 'Ada', team });
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const teams = async (): Promise<string[]> =>
    (await app.dataSource.getRepository(Team).find({ order: { id: 'ASC' } })).map(({ name }) => name);

  it('may give an entity, alone or in a stream', async () => {
    const { id } = player;
    const message = await client.get('PlayerController/Retrieve', { id });
    expect(message.team).toBeGreaterThan(0);
    expect(await client.get('PlayerController/Promote', { id })).toEqual(message);
    expect((await client.call('PlayerController/Twice', { id })).messages).toEqual([message, message]);
  });

  it('do their work inside the transaction, Observables too', async () => {
    expect(await client.call('PlayerController/Observed', { name: 'x' })).toMatchObject({ code: 5 });
    expect(await teams()).toEqual(['red']);
  });

  it('may take part in the transaction of the call, or begin it', async () => {
    expect(await client.call('PlayerController/Joined', { name: 'bad' })).toMatchObject({ code: 5 });
    expect(await teams()).toEqual(['red']);
    expect(effects).toEqual([]);
    await client.get('PlayerController/Joined', { name: 'good' });
    expect(await teams()).toEqual(['red', 'good', 'good again']);
    expect(effects).toEqual(['good']);
    effects.length = 0;
    await app.dataSource.query(`DELETE FROM "team" WHERE "name" LIKE 'good%'`);
  });

  it('that give nothing where something is declared are an error', async () => {
    expect(await client.call('PlayerController/Forgetful')).toMatchObject({ code: 13, message: undefined });
  });

  it('send their headers without a message, and with a refusal', async () => {
    for (const method of ['PlayerController/Headed', 'PlayerController/Refusing'])
      expect((await client.call(method)).headers.get('x-early')).toEqual(['yes']);
  });

  it.each(Object.keys(THROWN))('may throw %s', async (name) => {
    expect(await client.call('PlayerController/Throwing', { name })).toMatchObject({
      code: 13,
      details: 'internal error',
    });
  });

  it('cannot look for one object in a stream of requests', async () => {
    expect(await client.call('PlayerController/Collected', [{}, {}])).toMatchObject({ code: 13 });
  });

  it('name the object themselves where the request does not', async () => {
    const last = (key: unknown) =>
      client.call('PlayerController/Last', [{ player: '0' }, { player: String(key) }]);
    expect(await last(player.id)).toMatchObject({ code: 0, message: { id: player.id, name: 'Ada' } });
    for (const key of ['999999', 'nonsense', ''])
      expect(await last(key)).toMatchObject({ code: 5, details: `Player: ${key} not found!` });
  });

  it('keep the permissions of a base that states them', async () => {
    for (const service of ['Guarded', 'GuardedToo'])
      for (const method of ['List', 'Promote', 'Forgetful'])
        expect((await client.call(`${service}Controller/${method}`)).code).toBe(16);
    expect((await client.call('PlayerController/List')).code).toBe(0);
  });
});

/** What actions may give where messages are due: objects of models, alone, in lists, in listed fields; arrays. */
import {
  AllowAny,
  CursorPagination,
  GenericController,
  GrpcAction,
  GrpcController,
  ListGenerationPlugin,
  ListOfSelf,
  ModelSerializer,
  Nested,
  PageNumberPagination,
  ProtoSerializer,
  SelfSerializer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { SECRET_COLUMN } from '../support/secret.js';

@Entity()
class Team {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Player {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column(SECRET_COLUMN) vaultSecret!: string;
  @ManyToOne(() => Team, { nullable: false }) team!: Relation<Team>;
}

@ModelSerializer({ model: Team })
class TeamSerializer extends ProtoSerializer<Team> {}

@ModelSerializer({ model: Player, listField: 'players' })
class PlayerSerializer extends ProtoSerializer<Player> {
  @Nested(() => TeamSerializer) team!: Team;
}

@ModelSerializer({ model: Player, fields: ['name'] })
class NameSerializer extends ProtoSerializer<Player> {}

const players = (ctx: GrpcContext): Promise<Player[]> => ctx.manager.find(Player, { order: { id: 'DESC' } });

@GrpcController({ serializer: PlayerSerializer, permissions: [AllowAny], pagination: PageNumberPagination })
class PlayerController extends GenericController<Player> {
  @GrpcAction({ response: ListOfSelf })
  all(_request: object, ctx: GrpcContext) {
    return players(ctx);
  }

  @GrpcAction({ response: ListOfSelf })
  async some(_request: object, ctx: GrpcContext) {
    const [first, second] = await players(ctx);
    return { players: [first, await this.serialize(second as Player, ctx)], count: 7 };
  }

  @GrpcAction({ response: ListOfSelf })
  async none() {
    return [];
  }

  @GrpcAction({
    response: NameSerializer,
    plugins: [new ListGenerationPlugin({ response: true, field: 'names' })],
  })
  names(_request: object, ctx: GrpcContext) {
    return players(ctx);
  }

  @GrpcAction({ response: TeamSerializer })
  async team(_request: object, ctx: GrpcContext): Promise<Team> {
    return ctx.manager.findOneByOrFail(Team, { name: 'red' });
  }

  @GrpcAction({
    response: {
      total: 'int32',
      best: PlayerSerializer,
      teams: { type: TeamSerializer, cardinality: 'repeated' },
      nobody: { type: TeamSerializer, cardinality: 'optional' },
    },
  })
  async report(_request: object, ctx: GrpcContext) {
    const [best] = await players(ctx);
    return {
      total: 2,
      best: best as Player,
      teams: await ctx.manager.find(Team, { order: { id: 'ASC' } }),
      nobody: null,
    };
  }

  @GrpcAction({
    response: { what: { oneof: { team: TeamSerializer, player: PlayerSerializer, word: 'string' } } },
    responseStream: true,
  })
  async *kinds(_request: object, ctx: GrpcContext) {
    const [player] = await players(ctx);
    yield { what: { case: 'player' as const, value: player as Player } };
    yield {
      what: { case: 'team' as const, value: await ctx.manager.findOneByOrFail(Team, { name: 'red' }) },
    };
    yield { what: { case: 'word' as const, value: 'x' } };
    yield {};
  }

  @GrpcAction({ response: { best: PlayerSerializer }, responseStream: true })
  async *reports(_request: object, ctx: GrpcContext) {
    for (const best of await players(ctx)) yield { best };
  }

  @GrpcAction({ response: { word: 'string' }, plugins: [new ListGenerationPlugin({ response: true })] })
  async words() {
    return ['a', 'b'].map((word) => ({ word }));
  }
}

@GrpcController({
  serializer: PlayerSerializer,
  service: 'Cursor',
  permissions: [AllowAny],
  pagination: CursorPagination,
})
class CursorController extends GenericController<Player> {
  @GrpcAction({
    response: SelfSerializer,
    plugins: [new ListGenerationPlugin({ response: true })],
    responseName: 'Squad',
  })
  all(_request: object, ctx: GrpcContext) {
    return players(ctx);
  }
}

describe.each(DATABASES)('answers of own actions on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: [Team, Player],
      controllers: [PlayerController, CursorController],
    });
    client = await connectClient(app);
    const [red, blue] = await app.dataSource.getRepository(Team).save([{ name: 'red' }, { name: 'blue' }]);
    await app.dataSource.getRepository(Player).insert([
      { name: 'Ada', team: red! },
      { name: 'Grace', team: blue! },
    ]);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const ADA = { id: 1, name: 'Ada', team: { id: 1, name: 'red' } };
  const GRACE = { id: 2, name: 'Grace', team: { id: 2, name: 'blue' } };

  it('may be an array of objects, which becomes the list with its count', async () => {
    const statements = await countQueries(app.dataSource, async () => {
      const answer = await client.get('PlayerController/All');
      expect(answer).toMatchObject({ players: [GRACE, ADA], count: 2 });
    });
    // One of the action, one for all messages.
    expect(statements).toHaveLength(2);
    expect(await client.get('PlayerController/None')).toEqual({ players: [], count: 0 });
    expect(await client.get('CursorController/All')).toMatchObject({ players: [GRACE, ADA] });
  });

  it('may be a list of objects and messages', async () => {
    expect(await client.get('PlayerController/Some')).toMatchObject({ players: [GRACE, ADA], count: 7 });
  });

  it('may be of another serializer, and of another model', async () => {
    expect(await client.get('PlayerController/Names')).toEqual({
      names: [{ name: 'Grace' }, { name: 'Ada' }],
      count: 2,
    });
    expect(await client.get('PlayerController/Team')).toMatchObject({ name: 'red' });
  });

  it('may have objects in listed fields, alone and many', async () => {
    expect(await client.get('PlayerController/Report')).toMatchObject({
      total: 2,
      best: GRACE,
      teams: [{ name: 'red' }, { name: 'blue' }],
    });
    const { messages } = await client.call('PlayerController/Reports');
    expect(messages).toMatchObject([{ best: GRACE }, { best: ADA }]);
  });

  it('may be objects in a oneof', async () => {
    const { code, messages } = await client.call('PlayerController/Kinds');
    expect(code).toBe(0);
    expect(messages).toMatchObject([
      { what: 'player', player: GRACE },
      { what: 'team', team: { name: 'red' } },
      { what: 'word', word: 'x' },
      {},
    ]);
  });

  it('may be an array of messages', async () => {
    expect(await client.get('PlayerController/Words')).toMatchObject({
      results: [{ word: 'a' }, { word: 'b' }],
      count: 2,
    });
  });
});

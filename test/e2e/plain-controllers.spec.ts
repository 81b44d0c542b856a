/** Controllers that extend none of the library's bases: answers, lists, streams, requests. */
import { Inject, Injectable } from '@nestjs/common';
import { Observable, of } from 'rxjs';
import {
  AllowAny,
  declareEnum,
  Field,
  GenericController,
  GrpcAction,
  GrpcController,
  ListGenerationPlugin,
  ListOfSelf,
  MethodField,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  SelfSerializer,
  Serializer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

enum Mood {
  Calm = 'calm',
  Wild = 'wild',
}
declareEnum(Mood, { name: 'Mood' });

@Entity()
class Sea {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Isle {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column({ type: 'simple-enum', enum: Mood, default: Mood.Calm }) mood!: Mood;
  @ManyToOne(() => Sea, { nullable: false }) sea!: Relation<Sea>;
}

@ModelSerializer({ model: Sea })
class SeaSerializer extends ProtoSerializer<Sea> {}

@ModelSerializer({ model: Isle })
class IsleSerializer extends ProtoSerializer<Isle> {
  @Nested(() => SeaSerializer) sea!: Sea;
}

@ModelSerializer({ model: Isle, fields: ['id', 'label'] })
class LabelSerializer extends ProtoSerializer<Isle> {
  @MethodField({ type: 'string', needs: ['name', 'sea.name'] })
  label({ name, sea }: Isle): string {
    return `${name}, ${sea.name}`;
  }
}

@Serializer()
class SumSerializer extends ProtoSerializer<{ numbers: number[] }> {
  @Field({ type: 'repeated int32' }) numbers!: number[];

  @MethodField({ type: 'int32' })
  total({ numbers }: { numbers: number[] }): number {
    return numbers.reduce((sum, each) => sum + each, 0);
  }
}

const isles = (ctx: GrpcContext): Promise<Isle[]> => ctx.manager.find(Isle, { order: { id: 'ASC' } });

@Injectable()
class Greeting {
  readonly text = 'hello';
}

/** No model of its own: what its actions name is all. */
@GrpcController({ permissions: [AllowAny] })
class IsleController {
  constructor(@Inject(Greeting) private readonly greeting: Greeting) {}

  @GrpcAction({ request: { id: 'int32' }, response: IsleSerializer })
  async one({ id }: { id: number }, ctx: GrpcContext): Promise<Isle> {
    return ctx.manager.findOneByOrFail(Isle, { id });
  }

  @GrpcAction({ response: IsleSerializer, plugins: [new ListGenerationPlugin({ response: true })] })
  all(_request: object, ctx: GrpcContext) {
    return isles(ctx);
  }

  @GrpcAction({ response: LabelSerializer, responseStream: true })
  async *labels(_request: object, ctx: GrpcContext) {
    yield* await isles(ctx);
  }

  @GrpcAction({ response: LabelSerializer, responseStream: true })
  async observed(_request: object, ctx: GrpcContext): Promise<Observable<Isle>> {
    return of(...(await isles(ctx)));
  }

  @GrpcAction({
    response: {
      text: 'string',
      first: IsleSerializer,
      seas: { type: SeaSerializer, cardinality: 'repeated' },
    },
  })
  async report(_request: object, ctx: GrpcContext) {
    const [first] = await isles(ctx);
    return { text: this.greeting.text, first: first as Isle, seas: await ctx.manager.find(Sea) };
  }

  @GrpcAction({ response: SumSerializer })
  sum(): Observable<{ numbers: number[] }> {
    return of({ numbers: [1, 2, 3] });
  }

  @GrpcAction({ request: IsleSerializer, response: { mood: Mood } })
  async feel({ mood }: { mood: Mood }) {
    return { mood };
  }
}

@GrpcController({ serializer: IsleSerializer, service: 'Own', permissions: [AllowAny] })
class OwnController {
  @GrpcAction({ response: SelfSerializer })
  async first(_request: object, ctx: GrpcContext) {
    return (await isles(ctx))[0] as Isle;
  }

  @GrpcAction({ response: ListOfSelf, transaction: true })
  async all(_request: object, ctx: GrpcContext) {
    return isles(ctx);
  }
}

@GrpcController({ service: 'Sub' })
class SubController extends OwnController {}

@GrpcController({ serializer: LabelSerializer, service: 'Generic', permissions: [AllowAny] })
class ObservedController extends GenericController<Isle> {
  @GrpcAction({ response: SelfSerializer, responseStream: true })
  observed(_request: object, ctx: GrpcContext): Observable<Isle> {
    return new Observable((subscriber) => {
      void isles(ctx).then((found) => {
        for (const each of found) subscriber.next(each);
        subscriber.complete();
      });
    });
  }
}

describe.each(cross(DATABASES, PATHS))('controllers without a base on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  const sea = { id: 1, name: 'Inner' };
  const gont = { id: 1, name: 'Gont', mood: 'CALM', sea };
  const roke = { id: 2, name: 'Roke', mood: 'WILD', sea };

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      path,
      entities: [Sea, Isle],
      controllers: [IsleController, OwnController, SubController, ObservedController],
      providers: [Greeting],
    });
    client = await connectClient(app);
    const inner = await app.dataSource.getRepository(Sea).save({ name: 'Inner' });
    await app.dataSource.getRepository(Isle).save([
      { name: 'Gont', sea: inner },
      { name: 'Roke', mood: Mood.Wild, sea: inner },
    ]);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('answer with objects of models, alone and in lists', async () => {
    expect(await client.get('IsleController/One', { id: 2 })).toMatchObject(roke);
    const queries = await countQueries(app.dataSource, async () => {
      expect((await client.get('IsleController/All')).results).toMatchObject([gont, roke]);
    });
    expect(queries).toHaveLength(2);
    expect(await client.get('OwnController/First')).toMatchObject(gont);
    expect((await client.get('OwnController/All')).results).toMatchObject([gont, roke]);
    expect(await client.get('SubController/First')).toMatchObject(gont);
  });

  it('answer with objects in listed fields', async () => {
    expect(await client.get('IsleController/Report')).toMatchObject({
      text: 'hello',
      first: gont,
      seas: [sea],
    });
  });

  it('run the methods of serializers, in streams and Observables too', async () => {
    const labels = [
      { id: 1, label: 'Gont, Inner' },
      { id: 2, label: 'Roke, Inner' },
    ];
    for (const action of ['IsleController/Labels', 'IsleController/Observed', 'GenericController/Observed'])
      expect(await client.call(action)).toMatchObject({ code: 0, messages: labels });
    expect(await client.get('IsleController/Sum')).toEqual({ numbers: [1, 2, 3], total: 6 });
  });

  it('never see a member of an enum that nobody declared', async () => {
    expect(await client.get('IsleController/Feel', { mood: 'WILD' })).toEqual({ mood: 'WILD' });
    const { code, details } = await client.call('IsleController/Feel', { mood: 7 });
    expect(code).toBe(3);
    expect(JSON.parse(details)).toEqual({
      mood: [{ message: '"7" is not a valid choice.', code: 'invalid_choice' }],
    });
  });
});

describe('a controller without a base', () => {
  it('can be made by hand, in unit tests', async () => {
    const ctx = { manager: { find: async () => [] } } as unknown as GrpcContext;
    expect(await new IsleController(new Greeting()).all({}, ctx)).toEqual([]);
  });
});

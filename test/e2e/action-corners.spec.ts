/** Actions in unusual combinations: each is right, or refused at boot. */
import { Inject, Injectable, UseInterceptors, type CallHandler, type ExecutionContext } from '@nestjs/common';
import {
  AllowAny,
  AttrPlaceholder,
  declareEnum,
  Field,
  FnPlaceholder,
  GenericController,
  GrpcAction,
  GrpcController,
  ListGenerationPlugin,
  LookupField,
  ModelSerializer,
  PartialSelf,
  ProtoSerializer,
  SelfSerializer,
  Serializer,
  type FieldList,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { concat, delay, EMPTY, from, map, of, throwError, type Observable } from 'rxjs';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type ProtoClient } from '../support/client.js';
import { createDatabase, type TestDatabase } from '../support/databases.js';

enum Mood {
  Good = 'good',
  Bad = 'bad',
}
declareEnum(Mood, { name: 'Mood' });

@Entity()
class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
  @Column({ default: 0 }) rank!: number;
}

@ModelSerializer({ model: Note })
class NoteSerializer extends ProtoSerializer<Note> {}

@Serializer()
class TreeSerializer extends ProtoSerializer {
  @Field({ allowBlank: true }) name!: string;
}

@Injectable()
class Doubler {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: { n: number }) => ({ n: value.n * 2 })));
  }
}

const N = { n: 'int32' } as const;

@GrpcController({ serializer: NoteSerializer, permissions: [AllowAny] })
class NoteController extends GenericController<Note> {
  static readonly listed: FieldList = { a: 'int32', b: 'repeated string' };

  @GrpcAction({
    request: { to: { oneof: { mood: Mood, tree: TreeSerializer } } },
    response: { seen: 'string' },
  })
  async choose({ to }: { to?: { case: string; value: unknown } }) {
    return { seen: JSON.stringify(to ?? null) };
  }

  @GrpcAction({
    request: { by: 'map<bool, string>', deep: { type: TreeSerializer, cardinality: 'repeated' } },
    response: { seen: 'string' },
  })
  async maps(request: object) {
    return { seen: JSON.stringify(request) };
  }

  @GrpcAction({
    request: { constructor: 'string', toString: 'int32', valueOf: 'bool', __proto: 'string' } as never,
    response: { constructor: 'string', valueOf: 'bool' } as never,
  })
  async odd({ constructor, valueOf }: { constructor: unknown; valueOf: unknown }): Promise<never> {
    return { constructor, valueOf } as never;
  }

  @GrpcAction({ request: N, response: N })
  observable({ n }: { n: number }) {
    return of({ n }).pipe(delay(1));
  }

  @GrpcAction({ request: N, response: N })
  several({ n }: { n: number }) {
    return from([{ n }, { n: n + 1 }]);
  }

  @GrpcAction({ response: N })
  nothing(): Observable<{ n: number }> {
    return EMPTY;
  }

  @GrpcAction({ response: { n: 'int32' } })
  async undefinedAnswer(): Promise<never> {
    return undefined as never;
  }

  @GrpcAction({ response: { n: 'int32' } })
  async wrongAnswer(): Promise<never> {
    return { n: 'secret text' } as never;
  }

  @GrpcAction({ response: N, responseStream: true })
  late() {
    return concat(
      of({ n: 1 }),
      throwError(() => new Error('a secret')),
    );
  }

  @UseInterceptors(Doubler)
  @GrpcAction({ request: N, response: N, requestStream: true, responseStream: true })
  async *doubled(requests: AsyncIterable<{ n: number }>) {
    yield* requests;
  }

  @GrpcAction({ request: SelfSerializer, response: SelfSerializer, requestStream: true })
  async lastOf(requests: AsyncIterable<{ text: string }>) {
    let last = { text: 'none' };
    for await (const request of requests) last = request;
    return { id: 0, rank: 0, ...last };
  }

  @GrpcAction({
    request: PartialSelf,
    requestName: 'NoteChangedRequest',
    response: { names: 'repeated string' },
  })
  async changed(request: { _partialUpdateFields?: string[] }) {
    return { names: request._partialUpdateFields ?? [] };
  }

  @GrpcAction({ request: LookupField, response: NoteSerializer, transaction: true })
  async raise(_request: object, ctx: GrpcContext) {
    const note = await this.getObject(ctx);
    await this.getRepository(ctx).increment({ id: note.id }, 'rank', 1);
    if (note.text === 'refuse') throw new Error('rolled back');
    return note;
  }

  @GrpcAction({
    request: new AttrPlaceholder<FieldList>('listed'),
    response: new FnPlaceholder(({ service }) => ({ [service.toLowerCase()]: 'string' })) as never,
    name: new FnPlaceholder(({ action }) => `Do_${action}`),
  })
  async placed(request: { a: number; b: string[] }): Promise<never> {
    return { note: `${request.a}${request.b.join('')}` } as never;
  }

  @GrpcAction({
    request: TreeSerializer,
    response: NoteSerializer,
    plugins: [new ListGenerationPlugin({ request: true, response: true })],
  })
  async bulk({ results }: { results: { name: string }[] }, ctx: GrpcContext) {
    return this.getRepository(ctx).save(results.map(({ name }) => ({ text: name })));
  }

  @GrpcAction({ request: 'google.protobuf.Value', response: 'google.protobuf.Value' })
  async json(value: unknown): Promise<object> {
    return value as object;
  }

  @GrpcAction({ request: 'google.protobuf.StringValue', response: 'google.protobuf.Timestamp' })
  async when(text: string): Promise<Date> {
    return new Date(text);
  }
}

@GrpcController({ permissions: [AllowAny] })
class HeirController extends NoteController {
  @Inject() private readonly doubler!: Doubler;

  override async maps(): Promise<{ seen: string }> {
    return { seen: `heir ${this.doubler.constructor.name}` };
  }
}

describe.each(DOORS)('actions through the %s', (door) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase('sqlite');
    app = await bootApp({
      database,
      entities: [Note],
      controllers: [NoteController, HeirController],
      providers: [Doubler],
    });
    client = await connectClient(app, door);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const get = (method: string, request: object = {}) => client.get(`NoteController/${method}`, request);
  const call = (method: string, request: object = {}) => client.call(`NoteController/${method}`, request);

  it('refuse an unknown member in a oneof, and take what is known', async () => {
    expect((await get('Choose', { mood: 'BAD' })).seen).toBe('{"case":"mood","value":"bad"}');
    expect((await get('Choose', { tree: {} })).seen).toBe('{"case":"tree","value":{"name":""}}');
    expect((await get('Choose')).seen).toBe('null');
    expect(await call('Choose', { mood: 7 })).toMatchObject({
      code: 3,
      details: '{"mood": [{"message": "\\"7\\" is not a valid choice.", "code": "invalid_choice"}]}',
    });
  });

  it('have maps by truth and lists of serializers', async () => {
    const { seen } = await get('Maps', { by: { true: 'a' }, deep: [{ name: 'x' }, {}] });
    expect(JSON.parse(seen)).toEqual({
      by: { true: 'a' },
      deep: [{ name: 'x' }, { name: '' }],
    });
  });

  it('have fields that every object has', async () => {
    expect(await get('Odd', { constructor: 'c', valueOf: true })).toMatchObject({
      constructor: 'c',
      valueOf: true,
    });
  });

  it('answer with the value of an Observable', async () => {
    expect(await get('Observable', { n: 5 })).toEqual({ n: 5 });
    expect((await call('Several', { n: 1 })).code).toBe(0);
    expect(await call('Nothing')).toMatchObject({ code: 13, details: 'internal error' });
  });

  it('tell nobody why an answer is none', async () => {
    for (const method of ['UndefinedAnswer', 'WrongAnswer'])
      expect(await call(method)).toMatchObject({ code: 13, details: 'internal error' });
    expect(await call('Late')).toMatchObject({ code: 13, details: 'internal error', messages: [{ n: 1 }] });
  });

  it('pass interceptors item by item, both ways', async () => {
    const { messages } = await client.call('NoteController/Doubled', [{ n: 1 }, { n: 2 }]);
    expect(messages).toEqual([{ n: 2 }, { n: 4 }]);
    expect((await client.call('NoteController/Doubled', [])).messages).toEqual([]);
  });

  it('take streams of messages of serializers, also empty ones', async () => {
    const { message } = await client.call('NoteController/LastOf', [{ text: 'a' }, { text: 'b' }]);
    expect(message).toMatchObject({ text: 'b' });
    expect((await client.call('NoteController/LastOf', [])).message).toMatchObject({ text: 'none' });
  });

  it('take what a partial update takes', async () => {
    expect((await get('Changed', { _partialUpdateFields: ['text', 'text'] })).names).toEqual([
      'text',
      'text',
    ]);
  });

  it('run in a transaction that ends with them', async () => {
    const notes = app.dataSource.getRepository(Note);
    const [kept, refused] = await notes.save([{ text: 'keep' }, { text: 'refuse' }]);
    expect(await get('Raise', { id: kept!.id })).toMatchObject({ text: 'keep', rank: 1 });
    expect((await call('Raise', { id: refused!.id })).code).toBe(13);
    expect((await notes.findOneByOrFail({ id: refused!.id })).rank).toBe(0);
    expect((await call('Raise', { id: 99_999 })).code).toBe(5);
  });

  it('are what placeholders make of them', async () => {
    expect(await get('Do_placed', { a: 1, b: ['x', 'y'] })).toMatchObject({ note: '1xy' });
    expect(await client.get('HeirController/Do_placed', { a: 2 })).toMatchObject({ heir: '' });
  });

  it('take and give lists', async () => {
    const { results, count } = await get('Bulk', { results: [{ name: 'a' }, { name: 'b' }] });
    expect(results).toMatchObject([{ text: 'a' }, { text: 'b' }]);
    expect(count).toBe(2);
    expect((await get('Bulk')).results).toEqual([]);
  });

  it('take and give messages of Google as a whole', async () => {
    const value = { listValue: { values: [{ nullValue: 'NULL_VALUE' }, { numberValue: 1 }] } };
    expect(await get('Json', value)).toMatchObject(value);
    expect(await get('When', { value: '1970-01-01T00:00:01.5Z' })).toEqual({
      seconds: '1',
      nanos: 500_000_000,
    });
    expect((await call('When', { value: 'never' })).code).toBe(13);
  });

  it('are inherited, and overridden without their options', async () => {
    expect((await client.get('HeirController/Maps', { by: { true: 'a' } })).seen).toBe('heir Doubler');
    expect(await client.get('HeirController/Observable', { n: 3 })).toEqual({ n: 3 });
  });
});

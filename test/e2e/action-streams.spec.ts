/** Streams of actions in unusual forms: what they give, when they end, and what becomes of what they hold. */
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  AllowAny,
  declareEnum,
  GenericController,
  GrpcAction,
  GrpcController,
  ListOfSelf,
  ModelSerializer,
  ProtoSerializer,
  SelfSerializer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { interval, map, Observable, of } from 'rxjs';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
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
}

@ModelSerializer({ model: Note })
class NoteSerializer extends ProtoSerializer<Note> {}

const N = { n: 'int32' } as const;
const ended: string[] = [];

@GrpcController({ serializer: NoteSerializer, permissions: [AllowAny] })
class NoteController extends GenericController<Note> {
  @GrpcAction({ response: SelfSerializer, responseStream: true })
  async *entities(_request: object, ctx: GrpcContext) {
    yield* await this.getRepository(ctx).find({ order: { id: 'ASC' } });
  }

  @GrpcAction({ response: ListOfSelf, responseStream: true })
  async *pages(_request: object, ctx: GrpcContext) {
    const notes = await this.getRepository(ctx).find({ order: { id: 'ASC' } });
    for (const note of notes) yield [note];
    yield [];
  }

  @GrpcAction({ response: N, responseStream: true })
  async laterObservable() {
    return of({ n: 1 }, { n: 2 });
  }

  @GrpcAction({ response: N, responseStream: true })
  async laterIterable() {
    async function* numbers() {
      yield { n: 3 };
    }
    return numbers();
  }

  @GrpcAction({ response: N, responseStream: true })
  async *endless() {
    try {
      for (let n = 0; ; n += 1) yield await setTimeout(1, { n });
    } finally {
      ended.push('endless');
    }
  }

  @GrpcAction({ response: N, responseStream: true })
  ticks() {
    return interval(5).pipe(map((n) => ({ n })));
  }

  @GrpcAction({ response: N, responseStream: true })
  careless() {
    return new Observable<{ n: number }>((subscriber) => {
      subscriber.next({ n: 1 });
      return () => {
        throw new Error('nothing to clean up');
      };
    });
  }

  @GrpcAction({ response: N })
  carelessValue() {
    return new Observable<{ n: number }>(() => () => {
      throw new Error('nothing to clean up');
    });
  }

  @GrpcAction({ request: N, requestStream: true, response: N })
  async first(requests: AsyncIterable<{ n: number }>) {
    for await (const request of requests) return request;
    return { n: -1 };
  }

  @GrpcAction({ request: N, requestStream: true, response: N })
  async deaf() {
    return { n: 7 };
  }

  @GrpcAction({
    request: {
      moods: { type: Mood, cardinality: 'repeated' },
      maybe: { type: Mood, cardinality: 'optional' },
    },
    requestStream: true,
    response: { seen: 'string' },
    responseStream: true,
  })
  async *moods(requests: AsyncIterable<object>) {
    for await (const request of requests) yield { seen: JSON.stringify(request) };
  }
}

describe.each(DOORS)('streams of actions through the %s', (door) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase('sqlite');
    app = await bootApp({ database, entities: [Note], controllers: [NoteController] });
    client = await connectClient(app, door);
    await app.dataSource.getRepository(Note).save([{ text: 'a' }, { text: 'b' }]);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const call = (method: string, requests: object | object[] = {}, options: object = {}) =>
    client.call(`NoteController/${method}`, requests, options);

  it('make messages of entities, alone and in lists', async () => {
    expect((await call('Entities')).messages).toMatchObject([{ text: 'a' }, { text: 'b' }]);
    expect((await call('Pages')).messages.map(({ results }) => results.length)).toEqual([1, 1, 0]);
  });

  it('may be promised', async () => {
    expect((await call('LaterObservable')).messages).toEqual([{ n: 1 }, { n: 2 }]);
    expect((await call('LaterIterable')).messages).toEqual([{ n: 3 }]);
  });

  it.each(['Endless', 'Ticks'])('%s ends with its caller', async (method) => {
    ended.length = 0;
    const stop = AbortSignal.timeout(100);
    expect(await call(method, {}, { signal: stop })).toMatchObject({ code: 1 });
    const late = await call(method, {}, { deadline: new Date(Date.now() + 150) });
    expect(late.code).toBe(4);
    expect(late.messages.length).toBeGreaterThan(0);
    if (method === 'Endless') await vi.waitFor(() => expect(ended).toEqual(['endless', 'endless']));
  });

  it.each(['Careless', 'CarelessValue'])(
    '%s ends its call, not the process, when its cleanup fails',
    async (method) => {
      const logged = vi.spyOn(Logger.prototype, 'error');
      expect((await call(method, {}, { signal: AbortSignal.timeout(50) })).code).toBe(1);
      expect((await call(method, {}, { deadline: new Date(Date.now() + 50) })).code).toBe(4);
      await vi.waitFor(() => expect(logged).toHaveBeenCalledTimes(2));
      for (const [line, stack] of logged.mock.calls) {
        expect(line).toMatch(
          /^\/test\.NoteController\/\w+ callId=[\w-]+: what the action cleans up when its call ends early failed$/,
        );
        expect(stack).toContain('nothing to clean up');
      }
      logged.mockRestore();
    },
  );

  it('need not be read to their end, nor at all', async () => {
    const requests = Array.from({ length: 500 }, (_, n) => ({ n }));
    expect(await call('First', requests)).toMatchObject({ code: 0, message: { n: 0 } });
    expect(await call('First', [])).toMatchObject({ code: 0, message: { n: -1 } });
    expect(await call('Deaf', requests)).toMatchObject({ code: 0, message: { n: 7 } });
  });

  it('refuse the message that is wrong, after those that are not', async () => {
    const { code, messages, details } = await call('Moods', [
      { moods: ['GOOD', 'BAD'], maybe: 'GOOD' },
      { moods: [] },
      { moods: ['GOOD', 9] },
    ]);
    expect(messages.map(({ seen }) => JSON.parse(seen))).toEqual([
      { moods: ['good', 'bad'], maybe: 'good' },
      { moods: [] },
    ]);
    expect([code, details]).toEqual([
      3,
      '{"moods": [{"message": "\\"9\\" is not a valid choice.", "code": "invalid_choice"}]}',
    ]);
  });
});

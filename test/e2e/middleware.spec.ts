/** Middleware, request headers, the context's values and the call log. */
import { Injectable, Logger } from '@nestjs/common';
import { GrpcNotFoundException, GrpcUnauthenticatedException } from '@nestjs/microservices';
import { Metadata } from '@grpc/grpc-js';
import {
  AllowAny,
  authenticationMiddleware,
  createContextKey,
  GenericCrudController,
  GrpcAction,
  GrpcContext,
  GrpcController,
  localeMiddleware,
  ModelSerializer,
  ProtoSerializer,
  StreamAction,
  transactionMiddleware,
  withActions,
  type Authenticator,
  type GrpcMiddleware,
  type MiddlewareFunction,
  type Next,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import type { CallOptions } from 'nestjs-socio-grpc/testing';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { bootApp, type AppParts, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type ProtoClient } from '../support/client.js';
import { createDatabase } from '../support/databases.js';

let events: string[] = [];
const TENANT = createContextKey('tenant', 'nobody');

const outer: MiddlewareFunction = async (ctx, next) => {
  events.push(`outer> ${ctx.action} ${String(ctx.user?.name)}`);
  ctx.values.set(TENANT, ctx.headers.get('X-Tenant') ?? 'none');
  try {
    await next();
  } catch (error) {
    events.push(`outer! ${(error as Error).message}`);
    throw error;
  } finally {
    events.push('<outer');
    ctx.setTrailer('x-outer', 'seen');
  }
};

@Injectable()
class Names {
  readonly suffix = '!';
}

@Injectable()
class Inner implements GrpcMiddleware {
  constructor(private readonly names: Names) {}

  async use(ctx: GrpcContext, next: Next): Promise<void> {
    events.push(`inner>${this.names.suffix}`);
    if (ctx.headers.has('x-refuse')) throw new GrpcNotFoundException('refused by middleware');
    await next();
    events.push('<inner');
  }
}

class NamedAuthentication implements Authenticator {
  readonly challenge = 'Name realm="test"';

  authenticate(ctx: GrpcContext) {
    const name = ctx.headers.get('x-name');
    if (name === 'nobody') throw new GrpcUnauthenticatedException('unknown name');
    events.push('authenticated');
    return name === undefined ? undefined : { user: { id: 7, name } };
  }
}

const TEXT = { text: 'string' };

function ended({ signal }: GrpcContext): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

@GrpcController({ permissions: [AllowAny], authentication: [NamedAuthentication], middleware: [Inner] })
class EchoController {
  @GrpcAction({ request: TEXT, response: TEXT })
  async echo(request: { text: string }, ctx: GrpcContext) {
    events.push('action');
    if (request.text === 'fail') throw new Error('SECRET in an error');
    if (request.text === 'wait') await ended(ctx);
    return { text: `${ctx.values.get(TENANT)} ${String(ctx.user?.name)} ${String(ctx.language)}` };
  }

  @GrpcAction({ request: TEXT, response: TEXT, responseStream: true })
  async *count(request: { text: string }, ctx: GrpcContext) {
    for (const text of ['1', '2', '3']) {
      if (text === '2' && request.text === 'wait') await ended(ctx);
      events.push(text);
      yield { text };
      if (text === request.text) throw new GrpcNotFoundException(`after ${text}`);
    }
  }
}

describe.each(DOORS)('middleware through the %s door', (door) => {
  let app: TestApp | undefined;
  let client: ProtoClient | undefined;

  beforeEach(() => {
    events = [];
  });

  afterEach(async () => {
    client?.close();
    await app?.close();
    client = undefined;
    app = undefined;
  });

  async function boot(options: SocioGrpcOptions, parts: Partial<AppParts> = {}): Promise<ProtoClient> {
    app = await bootApp({ controllers: [EchoController], providers: [Names], options, ...parts });
    client = await connectClient(app, door);
    return client;
  }

  it('is an onion around authentication and action', async () => {
    const caller = await boot({ middleware: [outer] });
    const { message, trailers } = await caller.call(
      'EchoController/Echo',
      { text: 'x' },
      { metadata: { 'x-name': 'Ada', 'x-tenant': 'acme' } },
    );
    expect(message).toEqual({ text: 'acme Ada undefined' });
    expect(trailers.get('x-outer')).toEqual(['seen']);
    expect(events).toEqual([
      'outer> echo undefined',
      'inner>!',
      'authenticated',
      'action',
      '<inner',
      '<outer',
    ]);
  });

  it('sees who calls behind the one that finds out early, once', async () => {
    const caller = await boot({ middleware: [outer, authenticationMiddleware, outer] });
    for (const method of ['EchoController/Echo', 'EchoController/Count']) {
      events = [];
      expect((await caller.call(method, {}, { metadata: { 'x-name': 'Ada' } })).code).toBe(0);
      const action = method.split('/')[1]?.toLowerCase();
      expect(events.slice(0, 4)).toEqual([
        `outer> ${action} undefined`,
        'authenticated',
        `outer> ${action} Ada`,
        'inner>!',
      ]);
      expect(events.filter((event) => event === 'authenticated')).toHaveLength(1);
    }
    events = [];
    const refused = await caller.call('EchoController/Echo', {}, { metadata: { 'x-name': 'nobody' } });
    expect(refused).toMatchObject({ code: 16, details: 'unknown name' });
    expect(refused.trailers.get('www-authenticate')).toEqual(['Name realm="test"']);
    expect(events).toEqual(['outer> echo undefined', 'outer! unknown name', '<outer']);
  });

  it('is made once, and called once for each call of any kind', async () => {
    const made = vi.fn();
    const called = vi.fn();
    @Injectable()
    class Counting implements GrpcMiddleware {
      constructor() {
        made();
      }
      use(ctx: GrpcContext, next: Next): Promise<void> {
        called(ctx.action);
        return next();
      }
    }
    const caller = await boot({ middleware: [Counting] });
    await caller.call('EchoController/Echo');
    await caller.call('EchoController/Count');
    await caller.call('EchoController/Echo');
    expect(made).toHaveBeenCalledTimes(1);
    expect(called.mock.calls).toEqual([['echo'], ['count'], ['echo']]);
  });

  it('ends after the last message of a stream, and sees its error', async () => {
    const caller = await boot({ middleware: [outer] });
    expect((await caller.call('EchoController/Count', {})).messages).toHaveLength(3);
    expect(events.slice(2)).toEqual(['authenticated', '1', '2', '3', '<inner', '<outer']);
    events = [];
    const failed = await caller.call('EchoController/Count', { text: '2' });
    expect(failed).toMatchObject({ code: 5, details: 'after 2', messages: [{ text: '1' }, { text: '2' }] });
    expect(failed.trailers.get('x-outer')).toEqual(['seen']);
    expect(events.slice(2)).toEqual(['authenticated', '1', '2', 'outer! after 2', '<outer']);
  });

  it('refuses with a status of its own', async () => {
    const caller = await boot({ middleware: [outer] });
    for (const method of ['EchoController/Echo', 'EchoController/Count'])
      expect(await caller.call(method, {}, { metadata: { 'x-refuse': '1' } })).toMatchObject({
        code: 5,
        details: 'refused by middleware',
        messages: [],
      });
    expect(events).not.toContain('authenticated');
  });

  it('that forgets the rest of the call is an error that says so', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const cases: Record<string, MiddlewareFunction> = {
      never: async () => undefined,
      unawaited: async (_ctx, next) => void next(),
      twice: async (_ctx, next) => {
        await next();
        await next();
      },
    };
    for (const [name, middleware] of Object.entries(cases)) {
      const caller = await boot({ middleware: [middleware] });
      expect(await caller.call('EchoController/Echo', {})).toMatchObject({ code: 13, message: undefined });
      expect(String(error.mock.lastCall)).toContain(
        name === 'twice' ? 'called next() twice' : 'ended before the call did',
      );
      caller.close();
      await app?.close();
    }
    app = undefined;
    error.mockRestore();
  });

  it('negotiates the language, quality values included', async () => {
    const caller = await boot({
      middleware: [localeMiddleware({ supported: ['en', 'de', 'pt-BR'] })],
      metadataKeys: { headers: 'headers' },
    });
    const languageFor = async (metadata: Record<string, string>): Promise<string> => {
      const { message, trailers } = await caller.call('EchoController/Echo', {}, { metadata });
      const language = message.text.split(' ')[2];
      expect(trailers.get('content-language')).toEqual([language]);
      return language;
    };
    expect(await languageFor({})).toBe('en');
    expect(await languageFor({ 'accept-language': 'de' })).toBe('de');
    expect(await languageFor({ 'accept-language': 'fr;q=0.9, en;q=0.3, de;q=0.8' })).toBe('de');
    expect(await languageFor({ 'accept-language': 'pt-br' })).toBe('pt-BR');
    expect(await languageFor({ 'accept-language': 'xx' })).toBe('en');
    expect(await languageFor({ headers: '{"Accept-Language": "de"}' })).toBe('de');
  });

  it('tells an unknown caller how to prove who it is', async () => {
    const caller = await boot({});
    const { code, trailers } = await caller.call(
      'EchoController/Echo',
      {},
      { metadata: { 'x-name': 'nobody' } },
    );
    expect(code).toBe(16);
    expect(trailers.get('www-authenticate')).toEqual(['Name realm="test"']);
  });
});

describe('headers inside a metadata key', () => {
  async function nameSeen(options: SocioGrpcOptions, metadata: Record<string, string>) {
    const app = await bootApp({ controllers: [EchoController], providers: [Names], options });
    const client = await connectClient(app);
    const answer = await client.call('EchoController/Echo', {}, { metadata });
    client.close();
    await app.close();
    return answer.code === 0 ? answer.message.text.split(' ')[1] : answer;
  }
  const both = { 'x-name': 'gateway', headers: '{"X-Name": "caller"}' };
  const inside = { headers: '{"X-Name": "caller"}' };

  it('are off under socio, add to the metadata when on, and win under dsg', async () => {
    expect(await nameSeen({}, inside)).toBe('undefined');
    expect(await nameSeen({}, both)).toBe('gateway');
    const on: SocioGrpcOptions = { metadataKeys: { headers: 'Headers' } };
    expect(await nameSeen(on, inside)).toBe('caller');
    expect(await nameSeen(on, both)).toBe('gateway');
    expect(await nameSeen({ conventions: 'dsg' }, both)).toBe('caller');
    expect(await nameSeen({ conventions: 'dsg', metadataKeys: { headers: false } }, both)).toBe('gateway');
  });

  it.each([
    ['{', 'it is no JSON'],
    ['', 'it is no JSON'],
    ['[]', 'it is a list'],
    ['null', 'it is null'],
    ['"text"', 'it is a string'],
    ['{"a": {"b": 1}}', 'the value of "a" is no text'],
  ])('are refused when they are %j', async (headers, found) => {
    expect(await nameSeen({ conventions: 'dsg' }, { headers })).toMatchObject({
      code: 3,
      details: expect.stringContaining(
        JSON.stringify(`metadata "headers": expected a JSON object of names and texts, but ${found}.`),
      ),
    });
  });
});

describe('hostile metadata', () => {
  it('is answered with the limit or the place, and the connection works on', async () => {
    const app = await bootApp({ controllers: [EchoController], providers: [Names] });
    const client = await connectClient(app);
    const keys = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_each, n) => [`x-key-${n}`, 'v'.repeat(150)]));
    expect(await client.call('EchoController/Echo', {}, { metadata: keys(100) })).toMatchObject({
      code: 8,
      details: expect.stringContaining('limits.metadata'),
    });
    // Node's HTTP/2 takes no more than 128 headers; it refuses the call before it reaches us.
    expect((await client.call('EchoController/Echo', {}, { metadata: keys(1000) })).code).toBe(8);
    const large = { 'x-large': 'x'.repeat(20_000) };
    expect((await client.call('EchoController/Echo', {}, { metadata: large })).code).toBe(8);
    const twice = new Metadata();
    twice.add('x-name', 'a');
    twice.add('x-name', 'b');
    twice.set('x-bytes-bin', Buffer.from([0, 255, 10]));
    const { message } = await client.call('EchoController/Echo', {}, { metadata: twice });
    expect(message.text).toBe('nobody a, b undefined');
    client.close();
    await app.close();
  });
});

@Entity()
class Coin {
  @PrimaryGeneratedColumn() id!: number;
  @Column() value!: number;
}

@ModelSerializer({ model: Coin })
class CoinSerializer extends ProtoSerializer<Coin> {}

@GrpcController({
  serializer: CoinSerializer,
  permissions: [AllowAny],
  middleware: [
    transactionMiddleware,
    async (ctx, next) => {
      await next();
      if (ctx.headers.has('x-fail')) throw new GrpcNotFoundException('after all');
    },
  ],
})
class CoinController extends withActions(GenericCrudController, StreamAction)<Coin> {}

it('a transaction for each call takes back what a later middleware refuses', async () => {
  const app = await bootApp({
    database: await createDatabase('sqlite'),
    entities: [Coin],
    controllers: [CoinController],
  });
  const client = await connectClient(app);
  await client.get('CoinController/Create', { value: 1 });
  const failed = await client.call('CoinController/Create', { value: 2 }, { metadata: { 'x-fail': '1' } });
  expect(failed).toMatchObject({ code: 5, message: undefined });
  expect((await client.call('CoinController/Stream')).messages).toMatchObject([{ value: 1 }]);
  client.close();
  await app.close();
});

describe('the call log', () => {
  let log: MockInstance<Logger['log']>;
  let warn: MockInstance<Logger['warn']>;
  let error: MockInstance<Logger['error']>;

  beforeEach(() => {
    log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });

  afterEach(() => vi.restoreAllMocks());

  async function logged(
    logging: SocioGrpcOptions['logging'],
    call: (client: ProtoClient) => Promise<unknown>,
  ) {
    const app = await bootApp({
      controllers: [EchoController],
      providers: [Names],
      options: logging ? { logging } : {},
    });
    const client = await connectClient(app);
    for (const spy of [log, warn, error]) spy.mockClear();
    await call(client);
    const seen = {
      log: log.mock.calls.map((each) => each as unknown[]),
      warn: warn.mock.calls.map((each) => each as unknown[]),
      error: error.mock.calls.map((each) => each as unknown[]),
    };
    client.close();
    await app.close();
    return seen;
  }

  const echo = (client: ProtoClient) =>
    client.call(
      'EchoController/Echo',
      { text: 'SECRET' },
      { metadata: { 'x-name': 'Ada', 'x-token': 'SECRET' } },
    );

  it('has one line for each call, without requests and metadata', async () => {
    const seen = await logged(undefined, echo);
    expect(seen.log).toHaveLength(1);
    expect(seen.log[0]?.[0]).toMatch(
      /^\/test\.EchoController\/Echo OK [\d.]+ms callId=[\da-f-]{36} peer=\S+ user=7$/,
    );
    expect(JSON.stringify(seen)).not.toContain('SECRET');
  });

  it('tells failures with their code, and unexpected ones once with their stack', async () => {
    const refused = await logged(undefined, (client) => client.call('EchoController/Count', { text: '1' }));
    expect(refused.warn).toHaveLength(1);
    expect(refused.warn[0]?.[0]).toMatch(/\/Count NOT_FOUND .* message="after 1"$/);
    const broken = await logged(undefined, (client) => client.call('EchoController/Echo', { text: 'fail' }));
    expect(broken.error).toHaveLength(1);
    expect(broken.error[0]?.[0]).toMatch(/\/Echo INTERNAL .* message="internal error"$/);
    expect(broken.error[0]?.[1]).toMatch(/^Error: SECRET in an error\n\s+at /);
  });

  it('calls what was cancelled cancelled', async () => {
    const seen = await logged(undefined, async (client) => {
      await client.call('EchoController/Echo', {}, { deadline: new Date(Date.now() - 1000) });
      await client.call('EchoController/Echo', {}, { signal: AbortSignal.abort() });
    });
    expect(JSON.stringify(seen)).not.toContain(' OK ');
  });

  it('says so once when a call is cancelled, or its time is over, in the middle', async () => {
    for (const [code, end] of [
      ['CANCELLED', (): CallOptions => ({ signal: AbortSignal.timeout(100) })],
      ['DEADLINE_EXCEEDED', (): CallOptions => ({ deadline: new Date(Date.now() + 100) })],
    ] as const)
      for (const method of ['Echo', 'Count']) {
        const seen = await logged(undefined, async (client) => {
          await client.call(`EchoController/${method}`, { text: 'wait' }, end());
          await vi.waitFor(() => expect(log.mock.calls.length + warn.mock.calls.length).toBe(1));
        });
        const [line] = [...seen.log, ...seen.warn].map(([text]) => String(text));
        expect(line).toMatch(new RegExp(`/${method} ${code} `));
        expect(seen.error).toEqual([]);
      }
  });

  it('leaves out what it is told to, but no fault', async () => {
    expect((await logged({ ok: false }, echo)).log).toEqual([]);
    expect((await logged({ ignore: ['Echo.echo'] }, echo)).log).toEqual([]);
    expect((await logged({ ignore: ['/test.EchoController/Echo'] }, echo)).log).toEqual([]);
    const fault = (client: ProtoClient) => client.call('EchoController/Echo', { text: 'fail' });
    expect((await logged({ ignore: ['Echo.echo'], ok: false }, fault)).error).toHaveLength(1);
  });

  it('gives the entry to loggers of objects, with what the hook adds', async () => {
    const seen = await logged(
      { format: 'object', context: (ctx) => ({ tenant: ctx.headers.get('x-name') }) },
      echo,
    );
    expect(seen.log[0]?.[0]).toMatchObject({
      path: '/test.EchoController/Echo',
      code: 'OK',
      milliseconds: expect.any(Number),
      user: '7',
      tenant: 'Ada',
    });
    const failing = await logged(
      {
        context: () => {
          throw new Error('hook');
        },
      },
      echo,
    );
    expect(failing.log[0]?.[0]).toContain('contextError="Error: hook"');
  });

  it('keeps line breaks of callers inside their line', async () => {
    const seen = await logged(undefined, (client) =>
      client.call('EchoController/Echo', {}, { metadata: { 'x-refuse': '1' } }),
    );
    expect(String(seen.warn[0]?.[0]).split('\n')).toHaveLength(1);
  });
});

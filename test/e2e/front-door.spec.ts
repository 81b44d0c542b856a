/** What the door on a port does beside carrying bytes. */
import { ServerInterceptingCall, status as Status, type ServerInterceptor } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { GrpcNotFoundException } from '@nestjs/microservices';
import {
  AllowAny,
  GrpcAction,
  GrpcController,
  type GrpcContext,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';

const ECHO = { request: { text: 'string' }, response: { text: 'string' } } as const;

/** Hands on what an HTTP/1 server would have answered. */
@GrpcController({ permissions: [AllowAny] })
class EchoController {
  @GrpcAction(ECHO)
  atOnce({ text }: { text: string }, ctx: GrpcContext) {
    for (const set of [ctx.initialMetadata, ctx.trailingMetadata]) {
      for (const name of [
        'connection',
        'keep-alive',
        'transfer-encoding',
        'te',
        'content-type',
        'content-length',
        'grpc-status',
        'grpc-message',
      ])
        set.set(name, 'x');
      // HTTP knows one of them, and Node insists on that.
      for (const seconds of ['1', '2']) set.add('retry-after', seconds);
      set.set('x-kept', 'yes');
    }
    if (text === 'missing') throw new GrpcNotFoundException('no such thing');
    return { text };
  }

  @GrpcAction(ECHO)
  refuse(_request: object, ctx: GrpcContext): { text: string } {
    // Stands for whatever grpc-js lets through and Node does not.
    const refused = { toHttp2Headers: () => ({ connection: 'close' }) };
    Object.assign(ctx.trailingMetadata, { clone: () => refused });
    throw new GrpcNotFoundException('no such thing');
  }

  @GrpcAction(ECHO)
  async later(request: { text: string }, ctx: GrpcContext) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return this.atOnce(request, ctx);
  }

  @GrpcAction({ ...ECHO, responseStream: true })
  async *stream(request: { text: string }, ctx: GrpcContext) {
    yield this.atOnce(request, ctx);
  }
}

const METHODS = ['AtOnce', 'Later', 'Stream'];

let app: TestApp | undefined;
let client: ProtoClient | undefined;

afterEach(async () => {
  client?.close();
  await app?.close();
  client = undefined;
  app = undefined;
});

async function boot(options: SocioGrpcOptions = {}): Promise<ProtoClient> {
  app = await bootApp({ controllers: [EchoController], options });
  client = await connectClient(app);
  return client;
}

describe.each(METHODS)('headers about a connection or a body in the metadata of %s', (method) => {
  it('are left out', async () => {
    const made = await boot();
    const { code, message, headers, trailers } = await made.call(`EchoController/${method}`, { text: 'a' });
    expect({ code, message }).toEqual({ code: Status.OK, message: { text: 'a' } });
    for (const metadata of [headers, trailers]) {
      expect(metadata.get('x-kept')).toEqual(['yes']);
      expect(metadata.get('connection')).toEqual([]);
      expect(metadata.get('content-length')).toEqual([]);
      expect(metadata.get('retry-after')).toEqual(['2']);
    }
  });

  it('are left out of failures', async () => {
    const made = await boot();
    expect(await made.call(`EchoController/${method}`, { text: 'missing' })).toMatchObject({
      code: Status.NOT_FOUND,
      details: 'no such thing',
    });
  });
});

describe('metadata that Node does not send', () => {
  it('ends a call, not the process', async () => {
    const made = await boot();
    expect(await made.call('EchoController/Refuse')).toMatchObject({
      code: Status.UNKNOWN,
      details: 'Unknown error',
    });
    expect(await made.call('EchoController/AtOnce', { text: 'a' })).toMatchObject({ code: Status.OK });
  });
});

describe('a message larger than limits.send', () => {
  it.each(METHODS)('ends a call of %s as one that failed, for the log too', async (method) => {
    const made = await boot({ limits: { send: 1000 } });
    const logged = vi.spyOn(Logger.prototype, 'warn');
    const fits = 'a'.repeat(997);
    expect(await made.call(`EchoController/${method}`, { text: fits })).toMatchObject({ code: Status.OK });
    const details = 'a message of 1001 bytes is larger than limits.send, 1000';
    expect(await made.call(`EchoController/${method}`, { text: `${fits}a` })).toMatchObject({
      code: Status.RESOURCE_EXHAUSTED,
      details,
      messages: [],
    });
    expect(logged.mock.calls).toEqual([[expect.stringContaining(details)]]);
    logged.mockRestore();
  });

  it('is none where grpc-js is told so', async () => {
    const server = { 'grpc.max_send_message_length': -1 };
    const made = await boot({ limits: { send: 1000 }, server });
    expect(await made.call('EchoController/AtOnce', { text: 'a'.repeat(2000) })).toMatchObject({
      code: Status.OK,
    });
  });
});

describe('interceptors of grpc-js in the option "server"', () => {
  it('hear of all calls', async () => {
    const heard: string[] = [];
    const interceptor: ServerInterceptor = ({ path }, call) =>
      new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMetadata: (metadata, proceed) => {
              heard.push(path);
              proceed(metadata);
            },
          }),
        sendStatus: (status, next) => next({ ...status, details: `${status.details}!` }),
      });
    const made = await boot({ server: { interceptors: [interceptor] } });
    for (const method of METHODS)
      expect(await made.call(`EchoController/${method}`, { text: 'missing' })).toMatchObject({
        details: 'no such thing!',
      });
    expect(heard).toEqual(METHODS.map((method) => `/test.EchoController/${method}`));
  });
});

describe('a silent connection', () => {
  it.each([
    ['after two hours', {}, 7_200_000],
    ['when the application says so', { 'grpc.keepalive_time_ms': 1000 }, 1000],
  ])('is asked whether it is still there, %s', async (_name, server, expected) => {
    await boot({ server });
    // grpc-js shows its options nowhere else.
    expect(app?.server.unwrap()).toMatchObject({ options: { 'grpc.keepalive_time_ms': expected } });
  });
});

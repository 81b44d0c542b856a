/** Streams of requests that never come to their end: the action must not take what came for all there is. */
import {
  Client,
  credentials,
  Metadata,
  ServerInterceptingCall,
  type ClientWritableStream,
  type ServerInterceptingCallInterface,
} from '@grpc/grpc-js';
import { AllowAny, GrpcAction, GrpcController } from 'nestjs-socio-grpc';
import { Subject } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { lateFrames } from '../support/late-frames.js';
import { RawCall } from '../support/raw-http2.js';

/** How the iterations over requests ended. */
const ends: string[] = [];
let arrived = 0;
/** What `Aside` answers. */
let answers: Subject<{ count: number }>;

@GrpcController({ permissions: [AllowAny] })
class PieceController {
  @GrpcAction({ request: { piece: 'bytes' }, response: { count: 'int32' }, requestStream: true })
  async join(requests: AsyncIterable<{ piece: Uint8Array }>) {
    return { count: await this.read(requests) };
  }

  @GrpcAction({
    request: { piece: 'bytes' },
    response: { count: 'int32' },
    requestStream: true,
    responseStream: true,
  })
  async *both(requests: AsyncIterable<{ piece: Uint8Array }>) {
    yield { count: await this.read(requests) };
  }

  /** Its answers do not wait for what it reads. */
  @GrpcAction({
    request: { piece: 'bytes' },
    response: { count: 'int32' },
    requestStream: true,
    responseStream: true,
  })
  aside(requests: AsyncIterable<{ piece: Uint8Array }>) {
    this.read(requests).catch(() => undefined);
    return answers;
  }

  private async read(requests: AsyncIterable<object>): Promise<number> {
    let count = 0;
    try {
      for await (const _request of requests) {
        count += 1;
        arrived += 1;
      }
      ends.push('whole');
    } catch (error) {
      ends.push((error as Error).message);
      throw error;
    }
    return count;
  }
}

describe('a stream of requests', () => {
  let app: TestApp;
  /** Has an interceptor of its own around each call. */
  let intercepted: TestApp;
  /** Asks soon whether a connection is still there. */
  let watchful: TestApp;
  let client: ProtoClient;
  let direct: Client;

  beforeAll(async () => {
    app = await bootApp({ controllers: [PieceController] });
    intercepted = await bootApp({
      controllers: [PieceController],
      options: {
        server: {
          interceptors: [
            (_method: unknown, call: ServerInterceptingCallInterface) => new ServerInterceptingCall(call),
          ],
        },
      },
    });
    watchful = await bootApp({
      controllers: [PieceController],
      options: { server: { 'grpc.keepalive_time_ms': 20, 'grpc.keepalive_timeout_ms': 20 } },
    });
    client = await connectClient(app);
  });

  beforeEach(() => {
    direct = new Client(app.address, credentials.createInsecure());
    ends.length = 0;
    arrived = 0;
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await intercepted?.close();
    await watchful?.close();
  });

  const identity = (bytes: Buffer): Buffer => bytes;

  /** A call that has sent two messages, which have arrived. */
  async function begin(method: string, grpc = direct): Promise<ClientWritableStream<Buffer>> {
    const path = `/test.PieceController/${method}`;
    const before = arrived;
    const call = grpc.makeBidiStreamRequest(path, identity, identity, new Metadata());
    call.on('error', () => undefined).resume();
    for (const _piece of [1, 2])
      call.write(client.encode('PieceController/Join', { piece: Buffer.alloc(60_000) }));
    await expect.poll(() => arrived, { interval: 1 }).toBe(before + 2);
    return call;
  }

  describe.each(['Join', 'Both'])('of %s', (method) => {
    it('that is reset is no whole one', async () => {
      for (let turn = 1; turn <= 50; turn += 1) {
        const call = await RawCall.begin(app.address, `/test.PieceController/${method}`);
        call.send(client.encode('PieceController/Join', { piece: Buffer.alloc(10_000) }));
        await expect.poll(() => arrived, { interval: 1 }).toBe(turn);
        call.reset();
        await expect.poll(() => ends.length, { interval: 1 }).toBe(turn);
        call.close();
      }
      expect(new Set(ends)).toEqual(new Set(['the call was cancelled']));
    });

    it.each([
      ['', () => app.address],
      [' and interceptors hear of', () => intercepted.address],
    ])('that grpc-js cancels%s is no whole one, however late its reset comes', async (_name, addressOf) => {
      const proxy = await lateFrames(addressOf(), 60);
      const late = new Client(proxy.address, credentials.createInsecure());
      (await begin(method, late)).cancel();
      await expect.poll(() => ends).toEqual(['the call was cancelled']);
      late.close();
      proxy.close();
    });

    it('whose client answers no keepalive is no whole one', async () => {
      const call = await RawCall.begin(watchful.address, `/test.PieceController/${method}`);
      await expect.poll(() => ends).toEqual(['the call was cancelled']);
      call.close();
    });

    it('whose connection breaks is no whole one', async () => {
      await begin(method);
      // grpc-js has no call for it: the sockets of this process towards the server.
      for (const handle of sockets(app.address)) handle.destroy();
      await expect.poll(() => ends).toEqual(['the call was cancelled']);
      direct.close();
    });

    it('that is ended is whole', async () => {
      (await begin(method)).end();
      await expect.poll(() => ends).toEqual(['whole']);
      direct.close();
    });
  });

  it('ends for who still reads it when the call has its answer', async () => {
    answers = new Subject();
    const call = await RawCall.begin(app.address, '/test.PieceController/Aside');
    call.send(client.encode('PieceController/Join', { piece: Buffer.alloc(10) }));
    call.end();
    await expect.poll(() => call.pinged, { interval: 1 }).toBe(true);
    answers.complete();
    call.close();
    await expect.poll(() => ends).toEqual(['whole']);
  });
});

interface Socket {
  readonly remotePort?: number;
  destroy(): void;
}

function sockets(address: string): Socket[] {
  const port = Number(address.split(':').at(-1));
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): Socket[] };
  return handles.call(process).filter(({ remotePort }) => remotePort === port);
}

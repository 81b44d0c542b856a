/** Errors from every place, in every kind of call: one status, one log line, and the connection works on. */
import {
  Injectable,
  Logger,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CanActivate,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { GrpcFailedPreconditionException } from '@nestjs/microservices';
import {
  AllowAny,
  GrpcAction,
  GrpcContext,
  GrpcController,
  withDetails,
  type Authenticator,
  type MiddlewareFunction,
} from 'nestjs-socio-grpc';
import { tap } from 'rxjs';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  vi,
  type MockInstance,
} from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type ProtoClient } from '../support/client.js';
import { detail } from '../unit/errors/decode-details.js';

const FAILED_PRECONDITION = 9;
const PLACES = [
  'middleware',
  'middleware-after',
  'authenticator',
  'guard',
  'pipe',
  'interceptor',
  'interceptor-item',
  'action',
  'after-messages',
] as const;
type Place = (typeof PLACES)[number];
const WAYS = ['expected', 'unexpected'] as const;
const TIMES = ['at once', 'later'] as const;
const KINDS = ['Unary', 'ServerStream', 'ClientStream', 'Bidi'] as const;

/** Throws in the place that the call's metadata names. */
async function fail(place: Place): Promise<void> {
  const ctx = GrpcContext.current() as GrpcContext;
  if (ctx.headers.get('x-place') !== place) return;
  if (ctx.headers.get('x-time') === 'later') await new Promise((resolve) => setTimeout(resolve, 1));
  throw ctx.headers.get('x-way') === 'expected'
    ? withDetails(new GrpcFailedPreconditionException(`in ${place}`), { reason: 'MATRIX' })
    : new Error('SECRET');
}

const middleware: MiddlewareFunction = async (_ctx, next) => {
  await fail('middleware');
  await next();
  await fail('middleware-after');
};

class FailingAuthentication implements Authenticator {
  async authenticate() {
    await fail('authenticator');
    return undefined;
  }
}

@Injectable()
class FailingGuard implements CanActivate {
  async canActivate() {
    await fail('guard');
    return true;
  }
}

@Injectable()
class FailingPipe implements PipeTransform {
  async transform(value: unknown) {
    await fail('pipe');
    return value;
  }
}

@Injectable()
class FailingInterceptor implements NestInterceptor {
  async intercept(_context: unknown, next: { handle(): import('rxjs').Observable<unknown> }) {
    await fail('interceptor');
    return next.handle().pipe(
      tap(() => {
        const ctx = GrpcContext.current() as GrpcContext;
        if (ctx.headers.get('x-place') === 'interceptor-item')
          throw ctx.headers.get('x-way') === 'expected'
            ? withDetails(new GrpcFailedPreconditionException('in interceptor-item'), { reason: 'MATRIX' })
            : new Error('SECRET');
      }),
    );
  }
}

const TEXT = { text: 'string' };

@GrpcController({ authentication: [FailingAuthentication], permissions: [AllowAny] })
@UseGuards(FailingGuard)
@UseInterceptors(FailingInterceptor)
@UsePipes(FailingPipe)
class MatrixController {
  @GrpcAction({ request: TEXT, response: TEXT })
  async unary() {
    await fail('action');
    await fail('after-messages');
    return { text: 'done' };
  }

  @GrpcAction({ request: TEXT, response: TEXT, responseStream: true })
  async *serverStream() {
    await fail('action');
    yield { text: '1' };
    yield { text: '2' };
    await fail('after-messages');
  }

  @GrpcAction({ request: TEXT, response: TEXT, requestStream: true })
  async clientStream(requests: AsyncIterable<object>) {
    await fail('action');
    let count = 0;
    for await (const _request of requests) count += 1;
    await fail('after-messages');
    return { text: String(count) };
  }

  @GrpcAction({ request: TEXT, response: TEXT, requestStream: true, responseStream: true })
  async *bidi(requests: AsyncIterable<{ text: string }>) {
    await fail('action');
    for await (const request of requests) yield request;
    await fail('after-messages');
  }
}

const CASES = KINDS.flatMap((kind) =>
  PLACES.flatMap((place) => WAYS.flatMap((way) => TIMES.map((time) => ({ kind, place, way, time })))),
);

describe.each(DOORS)('through the %s door', (door) => {
  let app: TestApp;
  let client: ProtoClient;
  let warn: MockInstance<Logger['warn']>;
  let error: MockInstance<Logger['error']>;
  const unhandled = vi.fn();

  beforeAll(async () => {
    process.on('unhandledRejection', unhandled);
    app = await bootApp({ controllers: [MatrixController], options: { middleware: [middleware] } });
    client = await connectClient(app, door);
  });

  beforeEach(() => {
    warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });

  afterEach(() => vi.restoreAllMocks());

  afterAll(async () => {
    client?.close();
    await app?.close();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(unhandled).not.toHaveBeenCalled();
    process.off('unhandledRejection', unhandled);
  });

  it.each(CASES)('$kind: $way in $place, $time', async ({ kind, place, way, time }) => {
    const requests = kind === 'ClientStream' || kind === 'Bidi' ? [{ text: 'a' }, { text: 'b' }] : {};
    const metadata = { 'x-place': place, 'x-way': way, 'x-time': time };
    const answer = await client.call(`MatrixController/${kind}`, requests, { metadata });

    const [bytes] = answer.trailers.get('grpc-status-details-bin') as Buffer[];
    const reason = (detail(bytes, 'ErrorInfo') as { reason: string }).reason;
    expect({ code: answer.code, details: answer.details, reason }).toEqual(
      way === 'expected'
        ? { code: FAILED_PRECONDITION, details: `in ${place}`, reason: 'MATRIX' }
        : { code: 13, details: 'internal error', reason: 'INTERNAL' },
    );
    expect(warn.mock.calls.length + error.mock.calls.length).toBe(1);
    expect(error).toHaveBeenCalledTimes(way === 'unexpected' ? 1 : 0);
    const streams = kind === 'ServerStream' || kind === 'Bidi';
    const sent = streams && (place === 'after-messages' || place === 'middleware-after') ? 2 : 0;
    expect(answer.messages).toHaveLength(sent);

    const after = await client.call(`MatrixController/${kind}`, requests);
    expect(after.code).toBe(0);
  });
});

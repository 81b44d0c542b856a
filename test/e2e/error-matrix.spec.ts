/** Errors from every place, in every kind of call: one status, one log line, and the connection works on. */
import {
  Injectable,
  Logger,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
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
  type Next,
} from 'nestjs-socio-grpc';
import { from, mergeMap, Observable, tap } from 'rxjs';
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
const TIMES = ['at once', 'later', 'synchronously'] as const;
const KINDS = ['Unary', 'ServerStream', 'ClientStream', 'Bidi'] as const;

/** Throws in the place that the call's metadata names. */
async function fail(place: Place): Promise<void> {
  const ctx = GrpcContext.current() as GrpcContext;
  if (ctx.headers.get('x-place') !== place) return;
  if (ctx.headers.get('x-time') === 'later') await new Promise((resolve) => setTimeout(resolve, 1));
  throw errorOf(ctx, place);
}

function errorOf(ctx: GrpcContext, place: Place): Error {
  return ctx.headers.get('x-way') === 'expected'
    ? withDetails(new GrpcFailedPreconditionException(`in ${place}`), { reason: 'MATRIX' })
    : new Error('SECRET');
}

/** Throws before anything that the place gives back, as functions that are not async do. */
function failNow(place: Place): void {
  const ctx = GrpcContext.current() as GrpcContext;
  if (ctx.headers.get('x-place') === place && ctx.headers.get('x-time') === 'synchronously')
    throw errorOf(ctx, place);
}

const middleware: MiddlewareFunction = (_ctx, next) => {
  failNow('middleware');
  return around(next);
};

async function around(next: Next): Promise<void> {
  await fail('middleware');
  await next();
  failNow('middleware-after');
  await fail('middleware-after');
}

class FailingAuthentication implements Authenticator {
  authenticate() {
    failNow('authenticator');
    return fail('authenticator').then(() => undefined);
  }
}

@Injectable()
class FailingGuard implements CanActivate {
  canActivate() {
    failNow('guard');
    return fail('guard').then(() => true);
  }
}

@Injectable()
class FailingPipe implements PipeTransform {
  transform(value: unknown) {
    failNow('pipe');
    return fail('pipe').then(() => value);
  }
}

@Injectable()
class FailingInterceptor implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler) {
    failNow('interceptor');
    return from(fail('interceptor')).pipe(
      mergeMap(() => next.handle()),
      tap(() => {
        const ctx = GrpcContext.current() as GrpcContext;
        if (ctx.headers.get('x-place') === 'interceptor-item') throw errorOf(ctx, 'interceptor-item');
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
  unary() {
    failNow('action');
    failNow('after-messages');
    return done();
  }

  @GrpcAction({ request: TEXT, response: TEXT, responseStream: true })
  serverStream() {
    failNow('action');
    const ctx = GrpcContext.current() as GrpcContext;
    // An Observable throws while it is subscribed to, a generator while it is read.
    return ctx.headers.get('x-time') === 'synchronously' ? twoAtOnce() : two();
  }

  @GrpcAction({ request: TEXT, response: TEXT, requestStream: true })
  clientStream(requests: AsyncIterable<object>) {
    failNow('action');
    return countOf(requests);
  }

  @GrpcAction({ request: TEXT, response: TEXT, requestStream: true, responseStream: true })
  bidi(requests: AsyncIterable<{ text: string }>) {
    failNow('action');
    return echo(requests);
  }
}

async function done() {
  await fail('action');
  await fail('after-messages');
  return { text: 'done' };
}

async function* two() {
  await fail('action');
  yield { text: '1' };
  yield { text: '2' };
  await fail('after-messages');
}

function twoAtOnce(): Observable<object> {
  return new Observable((subscriber) => {
    subscriber.next({ text: '1' });
    subscriber.next({ text: '2' });
    failNow('after-messages');
    subscriber.complete();
  });
}

async function countOf(requests: AsyncIterable<object>) {
  await fail('action');
  let count = 0;
  for await (const _request of requests) count += 1;
  failNow('after-messages');
  await fail('after-messages');
  return { text: String(count) };
}

async function* echo(requests: AsyncIterable<{ text: string }>) {
  await fail('action');
  for await (const request of requests) yield request;
  failNow('after-messages');
  await fail('after-messages');
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

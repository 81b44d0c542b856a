/**
 * The core that every front door leads to: one call, from bytes to bytes, and one status at its end whatever
 * happens. It knows neither sockets nor serializers.
 */
import { status as Status, type Metadata } from '@grpc/grpc-js';
import { GrpcInvalidArgumentException, GrpcResourceExhaustedException } from '@nestjs/microservices';
import {
  from,
  isObservable,
  lastValueFrom,
  Observable,
  takeUntil,
  tap,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import type { GrpcStatus } from '../errors/grpc-status.js';
import { authenticate, challengesOf } from '../request/authentication.js';
import { GrpcContext, type CallFacts } from '../request/grpc-context.js';
import type { HeadersKey } from '../request/request-headers.js';
import type { ParameterSource } from '../request/request-parameters.js';
import { DecodeError } from '../serialization/codec/errors.js';
import type { BoundMethod } from './bound-method.js';
import { CallLife } from './call-life.js';
import type { CallLog } from '../request/call-log.js';

export interface IncomingCall extends Omit<CallFacts, 'signal' | 'headersKey' | 'parameterSources'> {
  /** Aborted by the front door when the caller cancels. */
  readonly cancelled: AbortSignal;
  /** The one request of a unary call or server stream, or all of a request stream. */
  readonly requests: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Where the answer goes. Nothing is written after `close`. */
export interface Answer {
  headers(metadata: Metadata): void;
  /** Takes one message; a promise resolves when the next one may come. */
  write(message: Buffer): Promise<void> | undefined;
  close(status: GrpcStatus, trailers: Metadata): void;
}

export interface DispatcherOptions {
  readonly maxMetadata: number;
  /** For unary calls without a deadline of their own, in milliseconds; 0: none. */
  readonly defaultDeadline: number;
  readonly headersKey: HeadersKey | undefined;
  readonly parameterSources: readonly ParameterSource[];
  readonly log: CallLog;
  readonly toStatus: (error: unknown, ctx: GrpcContext) => GrpcStatus;
  /** Whether Nest applies the application's global enhancers to our handlers. */
  readonly globalEnhancers: () => boolean;
}

const OK: GrpcStatus = { code: Status.OK, message: '', details: undefined };

export class Dispatcher {
  constructor(private readonly options: DispatcherOptions) {}

  /** Runs one call to its end. Never rejects. */
  async dispatch(method: BoundMethod, call: IncomingCall, answer: Answer): Promise<void> {
    const { defaultDeadline, headersKey, parameterSources, globalEnhancers, toStatus, log } = this.options;
    const started = performance.now();
    const life = new CallLife(call, method, defaultDeadline);
    const { deadline, signal } = life;
    const ctx = new GrpcContext({ ...call, deadline, signal, headersKey, parameterSources }, method.target);
    ctx.globalEnhancers = globalEnhancers();
    let status = OK;
    const once = withHeadersOnce(answer);
    try {
      await GrpcContext.run(ctx, () => this.run(method, call, once, ctx));
    } catch (error) {
      status = toStatus(error, ctx);
      if (status.code === Status.UNAUTHENTICATED) hint(method, ctx);
    } finally {
      life.end();
    }
    // A stream without a message and a refusal have headers too.
    once.headers(ctx.initialMetadata);
    answer.close(status, ctx.trailingMetadata);
    log.finished(ctx, status, started);
  }

  private async run(
    method: BoundMethod,
    call: IncomingCall,
    answer: Answer,
    ctx: GrpcContext,
  ): Promise<void> {
    const { signal } = ctx;
    signal.throwIfAborted();
    this.checkMetadata(call.metadata);
    method.prepare(ctx);
    let single: Buffer | undefined;
    await unlessAborted(
      method.around(ctx, async () => {
        single = await perform(method, call, answer, ctx);
      }),
      signal,
    );
    if (!single) return;
    answer.headers(ctx.initialMetadata);
    await answer.write(single);
  }

  /** grpc-js has no limit of its own on metadata; size as in RFC 7541 section 4.1. */
  private checkMetadata(metadata: Metadata): void {
    let size = 0;
    for (const [key, value] of Object.entries(metadata.getMap()))
      for (const each of metadata.get(key)) size += key.length + (each ?? value).length + 32;
    if (size > this.options.maxMetadata)
      throw new GrpcResourceExhaustedException(
        `metadata of ${size} bytes is larger than limits.metadata, ${this.options.maxMetadata}`,
      );
  }
}

/** Headers go before the first message, whoever sends it. */
function withHeadersOnce(answer: Answer): Answer {
  let sent = false;
  return {
    ...answer,
    headers(metadata) {
      if (!sent) answer.headers(metadata);
      sent = true;
    },
  };
}

/** Tells a caller that nobody knows which credentials would do. */
function hint({ authenticators }: BoundMethod, ctx: GrpcContext): void {
  for (const challenge of challengesOf(authenticators))
    ctx.trailingMetadata.add('www-authenticate', challenge);
}

/** What middleware is around: who calls, Nest's pipeline, the action. Gives the bytes of a single answer. */
async function perform(
  method: BoundMethod,
  call: IncomingCall,
  answer: Answer,
  ctx: GrpcContext,
): Promise<Buffer | undefined> {
  await unlessAborted(authenticate(method.authenticators, ctx), ctx.signal);
  const argument = argumentOf(method, call.requests, ctx.signal);
  if (!method.descriptor.requestStream) ctx.request = argument;
  const result = await unlessAborted(method.handle(argument, ctx), ctx.signal);
  if (method.descriptor.responseStream) {
    await writeAll(method, result, answer, ctx);
    return undefined;
  }
  return method.encode(
    isObservable(result) ? await lastValueFrom(from(result).pipe(untilAborted(ctx))) : result,
  );
}

function argumentOf(
  method: BoundMethod,
  requests: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): unknown {
  return requests instanceof Uint8Array ? decode(method, requests) : decodeAll(method, requests, signal);
}

function decode(method: BoundMethod, bytes: Uint8Array): unknown {
  try {
    return method.decode(bytes);
  } catch (error) {
    throw error instanceof DecodeError ? new GrpcInvalidArgumentException(error.message) : error;
  }
}

/** Ends with the call: a front door may have no way to end an iteration that waits for the next request. */
async function* decodeAll(
  method: BoundMethod,
  requests: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  const iterator = requests[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await unlessAborted(iterator.next(), signal);
      if (next.done) return;
      yield decode(method, next.value);
    }
  } finally {
    // Not awaited: it would wait for a request that never comes.
    iterator.return?.().catch(() => undefined);
  }
}

/** Subscribes to a stream of answers; `ctx.drained()` holds its producer back while the writer is full. */
async function writeAll(
  method: BoundMethod,
  result: unknown,
  answer: Answer,
  ctx: GrpcContext,
): Promise<void> {
  if (!isObservable(result))
    throw new TypeError(`${ctx.path}: a streaming action must give an AsyncIterable or an Observable`);
  let full: Promise<void> | undefined;
  ctx.drained = () => full;
  const write = (message: unknown): void => {
    const bytes = method.encode(message);
    answer.headers(ctx.initialMetadata);
    full = answer.write(bytes);
  };
  await lastValueFrom(from(result).pipe(tap(write), untilAborted(ctx)), { defaultValue: undefined });
}

/** Ends a subscription with the call. What the application cleans up then still runs inside the call. */
function untilAborted<T>(ctx: GrpcContext): MonoTypeOperatorFunction<T> {
  const { signal } = ctx;
  return takeUntil(
    new Observable<never>((subscriber) => {
      const abort = (): void => GrpcContext.run(ctx, () => subscriber.error(signal.reason));
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      return () => signal.removeEventListener('abort', abort);
    }),
  );
}

/** What settles later than the abort concerns nobody any more. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

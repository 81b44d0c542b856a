/**
 * The core that every front door leads to: one call, from bytes to bytes, and one status at its end whatever
 * happens. It knows neither sockets nor serializers.
 */
import { status as Status, type Metadata } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import {
  GrpcCancelledException,
  GrpcDeadlineExceededException,
  GrpcInvalidArgumentException,
  GrpcResourceExhaustedException,
} from '@nestjs/microservices';
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
import { authenticate } from '../request/authentication.js';
import { GrpcContext, type CallFacts } from '../request/grpc-context.js';
import { DecodeError } from '../serialization/codec/errors.js';
import type { BoundMethod } from './bound-method.js';

export interface IncomingCall extends Omit<CallFacts, 'signal'> {
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
  readonly toStatus: (error: unknown, ctx: GrpcContext) => GrpcStatus;
  /** Whether Nest applies the application's global enhancers to our handlers. */
  readonly globalEnhancers: () => boolean;
}

/** Node runs what should wait longer, about 25 days, at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

const OK: GrpcStatus = { code: Status.OK, message: '', details: undefined };

export class Dispatcher {
  private readonly logger = new Logger('SocioGrpc');

  constructor(private readonly options: DispatcherOptions) {}

  /** Runs one call to its end. Never rejects. */
  async dispatch(method: BoundMethod, call: IncomingCall, answer: Answer): Promise<void> {
    const life = new CallLife(call, method, this.options.defaultDeadline);
    const ctx = new GrpcContext({ ...call, deadline: life.deadline, signal: life.signal }, method.target);
    ctx.globalEnhancers = this.options.globalEnhancers();
    let status = OK;
    try {
      await GrpcContext.run(ctx, () => this.run(method, call, answer, ctx));
    } catch (error) {
      status = this.options.toStatus(error, ctx);
      if (status.cause !== undefined) this.logger.error(`${ctx.path} ${ctx.callId}: ${textOf(status.cause)}`);
    } finally {
      life.end();
    }
    answer.close(status, ctx.trailers);
  }

  private async run(
    method: BoundMethod,
    call: IncomingCall,
    answer: Answer,
    ctx: GrpcContext,
  ): Promise<void> {
    ctx.signal.throwIfAborted();
    this.checkMetadata(call.metadata);
    method.prepare(ctx);
    await unlessAborted(authenticate(method.authenticators, ctx), ctx.signal);
    const argument = argumentOf(method, call.requests, ctx.signal);
    if (!method.descriptor.requestStream) ctx.request = argument;
    const result = await unlessAborted(method.handle(argument, ctx), ctx.signal);
    if (method.descriptor.responseStream) return writeAll(method, result, answer, ctx);
    const message = isObservable(result) ? await lastValueFrom(from(result).pipe(untilAborted(ctx))) : result;
    const bytes = method.encode(message);
    answer.headers(ctx.headers);
    await answer.write(bytes);
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

/** How long a call may live: until its caller cancels or its time is over. */
class CallLife {
  readonly deadline: Date | undefined;
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly call: IncomingCall,
    method: BoundMethod,
    defaultDeadline: number,
  ) {
    const { requestStream, responseStream } = method.descriptor;
    const unary = !requestStream && !responseStream;
    this.deadline =
      call.deadline ?? (unary && defaultDeadline > 0 ? new Date(Date.now() + defaultDeadline) : undefined);
    this.signal = this.controller.signal;
    call.cancelled.addEventListener('abort', this.cancel);
    if (call.cancelled.aborted) this.cancel();
    if (!this.deadline) return;
    const left = this.deadline.getTime() - Date.now();
    if (left <= 0) this.expire();
    else if (left <= LONGEST_TIMER) this.timer = setTimeout(this.expire, left).unref();
  }

  end(): void {
    clearTimeout(this.timer);
    this.call.cancelled.removeEventListener('abort', this.cancel);
  }

  private readonly cancel = (): void => {
    // grpc-js reports a passed deadline as a cancel too.
    if (this.deadline && this.deadline.getTime() <= Date.now()) return this.expire();
    this.controller.abort(new GrpcCancelledException('the call was cancelled'));
  };

  private readonly expire = (): void => {
    this.controller.abort(new GrpcDeadlineExceededException('the deadline of the call has passed'));
  };
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
  let started = false;
  ctx.drained = () => full;
  const write = (message: unknown): void => {
    const bytes = method.encode(message);
    if (!started) answer.headers(ctx.headers);
    started = true;
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

function textOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

/**
 * The core that every front door leads to: one call, from bytes to bytes, and one status at its end whatever
 * happens. It knows neither sockets nor serializers.
 */
import { status as Status, type Metadata, type MetadataValue } from '@grpc/grpc-js';
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
import { challengesOf } from '../request/authentication.js';
import { CallLife } from '../request/call-life.js';
import { GrpcContext, type CallFacts, type CallSettings } from '../request/grpc-context.js';
import { DecodeError } from '../serialization/codec/errors.js';
import type { BoundMethod } from './bound-method.js';
import type { CallLog } from '../request/call-log.js';

export interface IncomingCall extends CallFacts {
  /** When the answer is due; undefined: the caller waits for ever. */
  readonly deadline: Date | undefined;
  /** Calls the listener when the caller cancels, at once when it has done so already. */
  readonly onCancel: (listener: () => void) => void;
  /** The one request of a unary call or server stream, or all of a request stream. */
  readonly requests: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Where the answer goes. Nothing is written after `close`. */
export interface Answer {
  headers(metadata: Metadata): void;
  /** Takes one message; a promise resolves when the next one may come. */
  write(message: Buffer): Promise<void> | undefined;
  /** @param trailers undefined: none were set */
  close(status: GrpcStatus, trailers: Metadata | undefined): void;
}

export interface DispatcherOptions extends CallSettings {
  readonly maxMetadata: number;
  /** For unary calls without a deadline of their own, in milliseconds; 0: none. */
  readonly defaultDeadline: number;
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
    const { globalEnhancers, toStatus, log } = this.options;
    const started = performance.now();
    const life = new CallLife(call.deadline ?? this.defaultDeadline(method));
    call.onCancel(life.cancel);
    const ctx = new GrpcContext(call, life, method.target, this.options);
    ctx.authenticators = method.authenticators;
    ctx.globalEnhancers = globalEnhancers();
    const once = new HeadersOnce(answer, ctx);
    let status = OK;
    try {
      const single = await GrpcContext.run(ctx, () => this.run(method, call, once, ctx));
      if (single) await once.write(single);
    } catch (error) {
      status = toStatus(error, ctx);
      if (status.code === Status.UNAUTHENTICATED) hint(method, ctx);
    } finally {
      life.end();
    }
    // A stream without a message and a refusal have headers too.
    once.send();
    answer.close(status, ctx.ownTrailingMetadata);
    log.finished(ctx, status, started);
  }

  private defaultDeadline({ descriptor }: BoundMethod): Date | undefined {
    const { defaultDeadline } = this.options;
    const unary = !descriptor.requestStream && !descriptor.responseStream;
    return unary && defaultDeadline > 0 ? new Date(Date.now() + defaultDeadline) : undefined;
  }

  private run(
    method: BoundMethod,
    call: IncomingCall,
    answer: HeadersOnce,
    ctx: GrpcContext,
  ): Promise<Buffer | undefined> {
    const { life } = ctx;
    life.throwIfAborted();
    this.checkMetadata(call.metadata);
    method.prepare(ctx);
    const { around } = method;
    const rest = (): Promise<Buffer | undefined> => life.unlessAborted(perform(method, call, answer, ctx));
    if (!around) return rest();
    let single: Buffer | undefined;
    const all = around(ctx, async () => {
      single = await rest();
    });
    return life.unlessAborted(all).then(() => single);
  }

  /** grpc-js has no limit of its own on metadata; size as in RFC 7541 section 4.1. */
  private checkMetadata(metadata: Metadata): void {
    let size = 0;
    const values = metadata.toJSON();
    for (const key in values)
      for (const value of values[key] as readonly MetadataValue[]) size += key.length + value.length + 32;
    if (size > this.options.maxMetadata)
      throw new GrpcResourceExhaustedException(
        `metadata of ${size} bytes is larger than limits.metadata, ${this.options.maxMetadata}`,
      );
  }
}

/** Headers go before the first message, whoever sends it. */
class HeadersOnce {
  private sent = false;

  constructor(
    private readonly answer: Answer,
    private readonly ctx: GrpcContext,
  ) {}

  send(): void {
    if (this.sent) return;
    this.sent = true;
    if (this.ctx.ownInitialMetadata) this.answer.headers(this.ctx.ownInitialMetadata);
  }

  write(message: Buffer): Promise<void> | undefined {
    this.send();
    return this.answer.write(message);
  }
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
  answer: HeadersOnce,
  ctx: GrpcContext,
): Promise<Buffer | undefined> {
  const { life } = ctx;
  const asked = ctx.seekCaller();
  if (asked) {
    await asked;
    life.throwIfAborted();
  }
  const argument = argumentOf(method, call.requests, life);
  if (!method.descriptor.requestStream) ctx.request = argument;
  const result = await method.handle(argument, ctx);
  life.throwIfAborted();
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
  life: CallLife,
): unknown {
  return requests instanceof Uint8Array ? decode(method, requests) : decodeAll(method, requests, life);
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
  life: CallLife,
): AsyncGenerator<unknown, void, undefined> {
  const iterator = requests[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await life.unlessAborted(iterator.next());
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
  answer: HeadersOnce,
  ctx: GrpcContext,
): Promise<void> {
  if (!isObservable(result))
    throw new TypeError(`${ctx.path}: a streaming action must give an AsyncIterable or an Observable`);
  let full: Promise<void> | undefined;
  ctx.drained = () => full;
  const write = (message: unknown): void => {
    full = answer.write(method.encode(message));
  };
  await lastValueFrom(from(result).pipe(tap(write), untilAborted(ctx)), { defaultValue: undefined });
}

/** Ends a subscription with the call. What the application cleans up then still runs inside the call. */
function untilAborted<T>(ctx: GrpcContext): MonoTypeOperatorFunction<T> {
  return takeUntil(
    new Observable<never>((subscriber) =>
      ctx.life.onAbort((reason) => GrpcContext.run(ctx, () => subscriber.error(reason))),
    ),
  );
}

/**
 * The core that every front door leads to: one call, from bytes to bytes, and one status at its end whatever
 * happens. It knows neither sockets nor serializers.
 */
import type { Metadata } from '@grpc/grpc-js';
import type { GrpcStatus } from '../errors/grpc-status.js';
import type { CallFacts, CallSettings } from '../request/call-facts.js';
import { CallLife } from '../request/call-life.js';
import type { CallLog } from '../request/call-log.js';
import { GrpcContext } from '../request/grpc-context.js';
import type { BoundMethod } from './bound-method.js';
import { RunningCall } from './running-call.js';

export interface IncomingCall extends CallFacts {
  /** When the answer is due, in milliseconds since 1970; Infinity: the caller waits for ever. */
  readonly due: number;
  /** Calls the listener when the caller cancels, at once when it has done so already. */
  readonly whenCancelled: (listener: () => void) => void;
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
  /** Of one message, in bytes; Infinity: no limit. */
  readonly maxAnswer: number;
  /** For unary calls without a deadline of their own, in milliseconds; 0: none. */
  readonly defaultDeadline: number;
  /** Whether `GrpcContext.current()` knows the calls of actions that are called without Nest's pipeline. */
  readonly asyncContext: boolean;
  readonly log: CallLog;
  readonly toStatus: (error: unknown, ctx: GrpcContext) => GrpcStatus;
  /** Whether Nest applies the application's global enhancers to our handlers. */
  readonly globalEnhancers: () => boolean;
}

export class Dispatcher {
  constructor(private readonly options: DispatcherOptions) {}

  /** Runs one call to its end, which `answer` learns. Never throws. */
  dispatch(method: BoundMethod, call: IncomingCall, answer: Answer): void {
    const life = new CallLife(call.due === Infinity ? this.defaultDue(method) : call.due);
    call.whenCancelled(() => life.cancel());
    const ctx = new GrpcContext(call, life, method.target, this.options);
    ctx.authenticators = method.authenticators;
    ctx.globalEnhancers = this.options.globalEnhancers();
    new RunningCall(method, call.requests, answer, ctx, this.options).run();
  }

  private defaultDue({ descriptor }: BoundMethod): number {
    const { defaultDeadline } = this.options;
    const unary = !descriptor.requestStream && !descriptor.responseStream;
    return unary && defaultDeadline > 0 ? Date.now() + defaultDeadline : Infinity;
  }
}

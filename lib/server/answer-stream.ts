/** A stream of answers -> messages, as fast as they are read. */
import {
  Observable,
  takeUntil,
  tap,
  UnsubscriptionError,
  type MonoTypeOperatorFunction,
  type Subscriber,
} from 'rxjs';
import { GrpcContext } from '../request/grpc-context.js';
import type { BoundMethod } from './bound-method.js';

/** Writes each answer of a stream; `ctx.drained()` holds its producer back while the writer is full. */
export function written(
  encode: BoundMethod['encode'],
  ctx: GrpcContext,
  write: (message: Buffer) => Promise<void> | undefined,
): MonoTypeOperatorFunction<unknown> {
  let full: Promise<void> | undefined;
  ctx.drained = () => full;
  return tap((message) => {
    full = write(encode(message));
  });
}

/**
 * Ends a subscription with the call, as its last operator: others swallow what a cleanup throws. What the application cleans up then
 * still runs inside the call.
 *
 * @param failed hears of each cleanup that throws: it has no other caller than whatever told of the abort
 */
export function untilAborted<T>(
  ctx: GrpcContext,
  failed: (error: unknown) => void,
): MonoTypeOperatorFunction<T> {
  const end = (subscriber: Subscriber<never>, reason: Error): void => {
    try {
      subscriber.error(reason);
    } catch (error) {
      // The stack of RxJS's own error says nothing of those that it stands for.
      for (const each of error instanceof UnsubscriptionError ? error.errors : [error]) failed(each);
    }
  };
  return takeUntil(
    new Observable<never>((subscriber) =>
      ctx.life.onAbort((reason) => GrpcContext.run(ctx, () => end(subscriber, reason))),
    ),
  );
}

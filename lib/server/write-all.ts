/** A stream of answers -> messages, as fast as they are read. */
import {
  from,
  isObservable,
  lastValueFrom,
  Observable,
  of,
  takeUntil,
  tap,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import { GrpcContext } from '../request/grpc-context.js';
import type { BoundMethod } from './bound-method.js';

/** Subscribes to a stream of answers; `ctx.drained()` holds its producer back while the writer is full. */
export async function writeAll(
  { encode }: BoundMethod,
  result: unknown,
  ctx: GrpcContext,
  write: (message: Buffer) => Promise<void> | undefined,
): Promise<undefined> {
  let full: Promise<void> | undefined;
  ctx.drained = () => full;
  const send = (message: unknown): void => {
    full = write(encode(message));
  };
  // A value is a stream of one, as in Nest's pipeline.
  const messages = isObservable(result) ? from(result) : of(result);
  await lastValueFrom(messages.pipe(tap(send), untilAborted(ctx)), { defaultValue: undefined });
}

/** Ends a subscription with the call. What the application cleans up then still runs inside the call. */
export function untilAborted<T>(ctx: GrpcContext): MonoTypeOperatorFunction<T> {
  return takeUntil(
    new Observable<never>((subscriber) =>
      ctx.life.onAbort((reason) => GrpcContext.run(ctx, () => subscriber.error(reason))),
    ),
  );
}

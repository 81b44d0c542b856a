import { Observable, type Subscriber } from 'rxjs';
import type { GrpcContext } from '../request/grpc-context.js';
import { Chunks } from './chunks.js';

/**
 * An AsyncIterable as Nest wants a stream: interceptors and exception filters see every item and the true end.
 * It pulls only while the writer takes messages, so a slow reader holds the producer back; it stays iterable
 * for callers of `super`.
 */
export class PulledStream<T> extends Observable<T> implements AsyncIterable<T> {
  /** @param ctx of the call that writes the items; undefined: they are read outside any call */
  constructor(
    private readonly items: AsyncIterable<T>,
    ctx: GrpcContext | undefined,
  ) {
    super((subscriber) =>
      items instanceof Chunks
        ? pull(
            items.chunks as AsyncIterable<readonly T[]>,
            (chunk) => sendAll(chunk, subscriber, ctx),
            subscriber,
          )
        : pull(items, (item) => sendOne(item, subscriber, ctx), subscriber),
    );
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.items[Symbol.asyncIterator]();
  }
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Hands what a producer gives to a subscriber until one of them has enough; gives what ends it. */
function pull<P, T>(
  parts: AsyncIterable<P>,
  send: (part: P) => Promise<void> | undefined,
  subscriber: Subscriber<T>,
): () => void {
  const iterator = parts[Symbol.asyncIterator]();
  let ended = false;
  const run = async (): Promise<void> => {
    while (!subscriber.closed) {
      const next = await iterator.next();
      ended = next.done === true;
      if (next.done) return subscriber.complete();
      await send(next.value);
    }
  };
  run().catch((error: unknown) => {
    ended = true;
    subscriber.error(error);
  });
  return () => {
    // Nobody listens any more, so how the producer's clean-up ends concerns nobody here.
    if (!ended) iterator.return?.().catch(() => undefined);
  };
}

function sendOne<T>(
  item: T,
  subscriber: Subscriber<T>,
  ctx: GrpcContext | undefined,
): Promise<void> | undefined {
  subscriber.next(item);
  return ctx?.drained();
}

async function sendAll<T>(
  items: readonly T[],
  subscriber: Subscriber<T>,
  ctx: GrpcContext | undefined,
): Promise<void> {
  for (const item of items) {
    if (subscriber.closed) return;
    subscriber.next(item);
    const full = ctx?.drained();
    if (full) await full;
  }
}

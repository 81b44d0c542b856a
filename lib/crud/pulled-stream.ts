import { Observable } from 'rxjs';
import { GrpcContext } from '../request/grpc-context.js';

/**
 * An AsyncIterable as Nest wants a stream: interceptors and exception filters see every item and the true end.
 * It pulls only while the writer takes messages, so a slow reader holds the producer back; it stays iterable
 * for callers of `super`.
 */
export class PulledStream<T> extends Observable<T> implements AsyncIterable<T> {
  constructor(private readonly items: AsyncIterable<T>) {
    super((subscriber) => {
      const iterator = items[Symbol.asyncIterator]();
      let ended = false;
      const pull = async (): Promise<void> => {
        while (!subscriber.closed) {
          const next = await iterator.next();
          ended = next.done === true;
          if (next.done) return subscriber.complete();
          subscriber.next(next.value);
          await GrpcContext.current()?.drained();
        }
      };
      pull().catch((error: unknown) => {
        ended = true;
        subscriber.error(error);
      });
      return () => {
        // Nobody listens any more, so how the producer's clean-up ends concerns nobody here.
        if (!ended) iterator.return?.().catch(() => undefined);
      };
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.items[Symbol.asyncIterator]();
  }
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

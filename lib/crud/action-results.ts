/** What actions give, on its way to Nest: values, promises, Observables, AsyncIterables. */
import { concatMap, isObservable, of } from 'rxjs';
import type { GrpcContext } from '../request/grpc-context.js';
import { ACCESS, type ResultSerializer } from './access.js';
import { isAsyncIterable, PulledStream } from './pulled-stream.js';

/** An action may give an entity: the library makes the message. */
export function serialized(controller: unknown, result: unknown, ctx: GrpcContext | undefined): unknown {
  const access = ctx && (controller as { [ACCESS]?: ResultSerializer })[ACCESS];
  if (!access) return result;
  const one = (value: unknown): unknown => access.serializeResult(value, ctx);
  return result instanceof Promise ? result.then((value) => changed(value, one)) : changed(result, one);
}

function changed(result: unknown, one: (value: unknown) => unknown): unknown {
  if (isAsyncIterable(result)) return each(result, one);
  if (!isObservable(result)) return one(result);
  return result.pipe(
    concatMap((item) => {
      const message = one(item);
      return message instanceof Promise ? (message as Promise<unknown>) : of(message);
    }),
  );
}

async function* each(items: AsyncIterable<unknown>, change: (item: unknown) => unknown) {
  for await (const item of items) yield await change(item);
}

/** What Nest knows how to wait for. */
export function asNestResult(result: unknown, ctx: GrpcContext | undefined): unknown {
  if (isObservable(result)) return result;
  if (isAsyncIterable(result)) return new PulledStream(result, ctx);
  if (result instanceof Promise) return result.then((value) => asNestResult(value, ctx));
  return result;
}

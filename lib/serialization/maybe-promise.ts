/** A value, or the promise of one: what is there already need not be waited for. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** Of whichever library. */
export function isPromise<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** Goes on with a value, at once when it is there. Promises of other libraries may know no more than `then(done, failed)`. */
export function whenDone<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  if (!isPromise(value)) return next(value);
  return (value instanceof Promise ? value : Promise.resolve(value)).then(next);
}

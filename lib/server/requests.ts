/** Bytes of requests -> what an action takes. */
import { GrpcInvalidArgumentException } from '@nestjs/microservices';
import type { CallLife } from '../request/call-life.js';
import { DecodeError } from '../serialization/codec/errors.js';
import type { BoundMethod } from './bound-method.js';

/** @throws GrpcInvalidArgumentException when bytes are no such message */
export function readRequests(
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

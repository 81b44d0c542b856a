/** The second front door: a call inside the process, with real bytes and without a port. */
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import type { BoundMethod } from '../server/bound-method.js';
import type { Answer, Dispatcher } from '../server/dispatcher.js';
import { statusObject } from '../server/status-object.js';

/** What a test sends beside its request. */
export interface CallOptions {
  /** Request metadata; plain strings are set as they are. */
  readonly metadata?: Metadata | Readonly<Record<string, string>>;
  /** When the answer is due. */
  readonly deadline?: Date;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

/** Messages that wait for their reader; beyond it the server is held back. */
const WINDOW = 16;

/**
 * One running call: its answers as bytes in order, its headers, its status. Leaving the iteration early cancels
 * the call.
 */
export class InProcessCall implements AsyncIterable<Buffer> {
  /** Initial metadata; empty when the call ended without an answer. */
  readonly headers: Promise<Metadata>;
  /** The status with trailing metadata; also of a failed call, it never rejects. */
  readonly status: Promise<StatusObject>;
  private readonly queue: Buffer[] = [];
  private readonly cancelled = new AbortController();
  private ended = false;
  private wakeReader: (() => void) | undefined;
  private wakeWriter: (() => void) | undefined;

  /** @internal */
  constructor(
    dispatcher: Dispatcher,
    method: BoundMethod,
    requests: Uint8Array | AsyncIterable<Uint8Array>,
    options: CallOptions,
  ) {
    let begin!: (headers: Metadata) => void;
    let end!: (status: StatusObject) => void;
    this.headers = new Promise((resolve) => (begin = resolve));
    this.status = new Promise((resolve) => (end = resolve));
    options.signal?.addEventListener('abort', () => this.cancel(), { once: true });
    if (options.signal?.aborted) this.cancel();
    const answer: Answer = {
      headers: (metadata) => begin(metadata.clone()),
      write: (message) => this.write(message),
      close: (result, trailers) => {
        begin(new Metadata());
        end(statusObject(result, trailers?.clone()));
        this.ended = true;
        this.wakeReader?.();
      },
    };
    dispatcher.dispatch(
      method,
      {
        metadata: metadataOf(options.metadata),
        peer: 'in-process',
        due: options.deadline?.getTime() ?? Infinity,
        whenCancelled: (listener) => {
          this.cancelled.signal.addEventListener('abort', listener, { once: true });
          if (this.cancelled.signal.aborted) listener();
        },
        requests,
      },
      answer,
    );
  }

  cancel(): void {
    this.cancelled.abort();
    this.wakeWriter?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        const message = this.queue.shift();
        if (message) {
          if (this.queue.length < WINDOW) this.wakeWriter?.();
          yield message;
        } else if (this.ended) return;
        else await new Promise<void>((resolve) => (this.wakeReader = resolve));
      }
    } finally {
      if (!this.ended) this.cancel();
    }
  }

  private write(message: Buffer): Promise<void> | undefined {
    this.queue.push(message);
    this.wakeReader?.();
    if (this.queue.length < WINDOW || this.cancelled.signal.aborted) return undefined;
    return new Promise<void>((resolve) => (this.wakeWriter = resolve));
  }
}

function metadataOf(given: CallOptions['metadata']): Metadata {
  if (given instanceof Metadata) return given.clone();
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(given ?? {})) metadata.set(key, value);
  return metadata;
}

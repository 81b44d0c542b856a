/** One call whose answers are a stream: how fast rows come, and when the first one does. */
import { Connection } from './connection.js';
import { grpcMessage, headerBlocks } from './frames.js';
import type { Target } from './caller.js';
import { Trailers } from './trailers.js';

export interface StreamResult {
  readonly rows: number;
  readonly seconds: number;
  readonly firstRowMilliseconds: number;
  /** Of all bytes, to compare streams that are too long to be kept. */
  readonly digest: string;
  /** Whether the stream ended by itself, with status 0. */
  readonly complete: boolean;
}

/** @param limit milliseconds after which the reader leaves */
export async function readStream(target: Target, limit: number): Promise<StreamResult> {
  const counter = new MessageCounter();
  let firstRow: number | undefined;
  let begun = 0;
  let connection!: Connection;
  const trailers = await new Promise<Buffer | undefined>((resolve, reject) => {
    const receiver = {
      data: (_stream: number, bytes: Buffer): void => {
        firstRow ??= performance.now() - begun;
        counter.add(bytes);
      },
      end: (_stream: number, block: Buffer | undefined): void => resolve(block && Buffer.from(block)),
    };
    const { port, path, token } = target;
    const blocks = headerBlocks([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', path],
      [':authority', `127.0.0.1:${port}`],
      ['te', 'trailers'],
      ['content-type', 'application/grpc'],
      ['authorization', `Bearer ${token}`],
    ]);
    Connection.open(port, blocks, receiver)
      .then((opened) => {
        connection = opened;
        begun = performance.now();
        connection.send(grpcMessage(target.requests[0] ?? Buffer.alloc(0)));
        connection.flush();
        setTimeout(() => resolve(undefined), limit).unref();
      })
      .catch(reject);
  });
  const seconds = (performance.now() - begun) / 1000;
  connection.close();
  if (trailers) {
    const status = await new Trailers().learn(trailers);
    if (status !== 0) throw new Error(`${target.path}: grpc-status ${status}`);
  }
  return {
    rows: counter.messages,
    seconds,
    firstRowMilliseconds: firstRow ?? NaN,
    digest: counter.digest,
    complete: trailers !== undefined,
  };
}

/** Counts messages in a stream of bytes that is cut anywhere. */
class MessageCounter {
  messages = 0;
  private hash = 0;
  private missing = 0;
  private head = Buffer.alloc(0);

  get digest(): string {
    return this.hash.toString(16);
  }

  add(chunk: Buffer): void {
    this.mix(chunk);
    let bytes = this.head.length > 0 ? Buffer.concat([this.head, chunk]) : chunk;
    this.head = Buffer.alloc(0);
    while (bytes.length > 0) {
      if (this.missing > 0) {
        const taken = Math.min(this.missing, bytes.length);
        this.missing -= taken;
        bytes = bytes.subarray(taken);
        continue;
      }
      if (bytes.length < 5) {
        this.head = Buffer.from(bytes);
        return;
      }
      this.messages += 1;
      this.missing = bytes.readUInt32BE(1);
      bytes = bytes.subarray(5);
    }
  }

  private mix(bytes: Buffer): void {
    for (const byte of bytes) this.hash = (Math.imul(this.hash, 31) + byte) | 0;
  }
}

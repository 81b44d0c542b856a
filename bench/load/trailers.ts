/**
 * Trailers as bytes -> `grpc-status`. Each distinct block is decoded once, by Node's own HTTP/2; without a dynamic table
 * equal blocks mean equal trailers.
 */
import { connect } from 'node:http2';
import { Duplex } from 'node:stream';
import { END_HEADERS, END_STREAM, frame, HEADERS, SETTINGS } from './frames.js';

export class Trailers {
  private readonly statuses = new Map<string, number>();
  private readonly decoding = new Map<string, Promise<void>>();

  /** Undefined while a block that was never seen before is being decoded. */
  statusOf(block: Buffer): number | undefined {
    return this.statuses.get(block.toString('latin1'));
  }

  /** Decodes a block, whatever it says. */
  async learn(block: Buffer): Promise<number> {
    const key = block.toString('latin1');
    const known = this.decoding.get(key) ?? this.decode(key, Buffer.from(block));
    this.decoding.set(key, known);
    await known;
    return this.statuses.get(key) as number;
  }

  private async decode(key: string, block: Buffer): Promise<void> {
    const { 'grpc-status': status } = await decodeHeaders(block);
    if (status === undefined) throw new Error('an answer ended without grpc-status');
    this.statuses.set(key, Number(status));
  }
}

/** A server of one answer: the block as trailers. */
function decodeHeaders(block: Buffer): Promise<Readonly<Record<string, unknown>>> {
  const server = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => done(),
  });
  const session = connect('http://decoder', { createConnection: () => server });
  const request = session.request({ ':path': '/' });
  return new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    request.on('trailers', (headers) => resolve(headers as Readonly<Record<string, unknown>>));
    request.on('error', reject);
    session.on('error', reject);
    server.push(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
    server.push(frame(HEADERS, END_HEADERS, 1, Buffer.from([0x88])));
    server.push(frame(HEADERS, END_HEADERS | END_STREAM, 1, block));
    request.resume();
  }).finally(() => session.destroy());
}

/** Calls of one method: their requests in turn, their answers checked one by one. */
import { Connection } from './connection.js';
import { grpcMessage, headerBlocks, type HeaderBlocks } from './frames.js';
import { Trailers } from './trailers.js';

export interface Target {
  readonly port: number;
  /** `/bench.PostController/List` */
  readonly path: string;
  readonly token: string;
  readonly requests: readonly Buffer[];
  /** What each request must be answered with; undefined: anything that is not empty. */
  readonly expected: readonly Buffer[] | undefined;
}

interface OpenCall {
  readonly request: number;
  readonly begun: number;
  readonly connection: number;
  size: number;
  parts: Buffer[];
}

/** @param begun as it was given when the call was sent */
export type Finished = (begun: number, connection: number, answer: Buffer) => void;

/** Decoders of trailers are kept: servers send the same again and again. */
const trailers = new Trailers();

export class Caller {
  readonly connections: Connection[] = [];
  /** Calls that wait for their answer, by connection and stream. */
  private readonly open: Map<number, OpenCall>[] = [];
  private readonly bodies: readonly Buffer[];
  private readonly answers: readonly Buffer[] | undefined;
  private next = 0;
  private failure: Error | undefined;

  private constructor(
    private readonly target: Target,
    private readonly finished: Finished,
  ) {
    this.bodies = target.requests.map(grpcMessage);
    this.answers = target.expected?.map(grpcMessage);
  }

  static async open(target: Target, connections: number, finished: Finished): Promise<Caller> {
    const caller = new Caller(target, finished);
    for (let index = 0; index < connections; index += 1) {
      const open = new Map<number, OpenCall>();
      caller.open.push(open);
      caller.connections.push(
        await Connection.open(target.port, blocksOf(target), {
          data: (stream, bytes) => {
            const call = open.get(stream);
            if (!call) return;
            call.size += bytes.length;
            call.parts.push(bytes);
          },
          end: (stream, block) => caller.end(open, stream, block),
        }),
      );
    }
    return caller;
  }

  /** Begins the next call on a connection; flush the connection to let it go. */
  send(connection: number, begun: number): void {
    const request = this.next;
    this.next = (request + 1) % this.bodies.length;
    const stream = (this.connections[connection] as Connection).send(this.bodies[request] as Buffer);
    this.open[connection]?.set(stream, { request, begun, connection, size: 0, parts: [] });
  }

  /** @throws Error when any answer was not what it should be */
  check(): void {
    if (this.failure) throw this.failure;
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  private end(open: Map<number, OpenCall>, stream: number, block: Buffer | undefined): void {
    const call = open.get(stream);
    if (!call) return;
    open.delete(stream);
    const status = block && trailers.statusOf(block);
    if (status !== 0) this.doubt(block);
    const answer = call.parts.length === 1 ? (call.parts[0] as Buffer) : Buffer.concat(call.parts, call.size);
    const expected = this.answers?.[call.request];
    if (expected ? !expected.equals(answer) : answer.length <= 5)
      this.fail(`another answer than expected, of ${answer.length} bytes`);
    this.finished(call.begun, call.connection, answer);
  }

  private doubt(block: Buffer | undefined): void {
    if (!block) return this.fail('an answer without trailers');
    trailers.learn(block).then(
      (status) => status !== 0 && this.fail(`grpc-status ${status}`),
      (error: unknown) => this.fail(String(error)),
    );
  }

  private fail(problem: string): void {
    this.failure ??= new Error(`${this.target.path}: ${problem}`);
  }
}

function blocksOf({ port, path, token }: Target): HeaderBlocks {
  return headerBlocks([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', `127.0.0.1:${port}`],
    ['te', 'trailers'],
    ['content-type', 'application/grpc'],
    ['authorization', `Bearer ${token}`],
  ]);
}

/** One connection with many calls at once, as cheap for the caller's processor as it can be in JavaScript. */
import { connect, type Socket } from 'node:net';
import {
  ACK,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  FRAME_HEADER,
  GOAWAY,
  HEADERS,
  opening,
  PING,
  RST_STREAM,
  SETTINGS,
  windowUpdate,
  type HeaderBlocks,
} from './frames.js';

/** What happens on a connection. Calls are known by the numbers of their streams. */
export interface Receiver {
  /** Bytes of an answer. */
  data(stream: number, bytes: Buffer): void;
  /** The trailers of an answer, undefined when it was reset. */
  end(stream: number, trailers: Buffer | undefined): void;
}

/** Bytes that may come before the connection's window is opened again. */
const WINDOW_STEP = 2 ** 29;

export class Connection {
  private readonly socket: Socket;
  private nextStream = 1;
  private rest: Buffer | undefined;
  private outgoing: Buffer[] = [];
  private received = 0;
  private announced = false;
  private ready: (() => void) | undefined;

  private constructor(
    port: number,
    private readonly blocks: HeaderBlocks,
    private readonly receiver: Receiver,
    private readonly failed: (error: Error) => void,
  ) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (bytes) => this.read(bytes));
    this.socket.on('error', failed);
    this.socket.write(opening());
  }

  /** Resolves when the server has taken our settings. */
  static async open(port: number, blocks: HeaderBlocks, receiver: Receiver): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection: Connection = new Connection(port, blocks, receiver, reject);
      connection.ready = () => resolve(connection);
    });
  }

  /**
   * Begins a call; it leaves with `flush()`.
   *
   * @returns the number of its stream
   */
  send(body: Buffer): number {
    const stream = this.nextStream;
    this.nextStream += 2;
    const block = this.announced ? this.blocks.next : this.blocks.first;
    this.announced = true;
    this.outgoing.push(frame(HEADERS, END_HEADERS, stream, block), frame(DATA, END_STREAM, stream, body));
    return stream;
  }

  flush(): void {
    if (this.outgoing.length === 0) return;
    this.socket.write(
      this.outgoing.length === 1 ? (this.outgoing[0] as Buffer) : Buffer.concat(this.outgoing),
    );
    this.outgoing = [];
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER) {
      const end = at + FRAME_HEADER + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      this.take(
        bytes[at + 3] as number,
        bytes[at + 4] as number,
        bytes.readUInt32BE(at + 5),
        bytes.subarray(at + FRAME_HEADER, end),
      );
      at = end;
    }
    this.rest = at === bytes.length ? undefined : bytes.subarray(at);
    this.flush();
  }

  private take(type: number, flags: number, stream: number, payload: Buffer): void {
    switch (type) {
      case DATA:
        this.received += payload.length;
        this.receiver.data(stream, payload);
        if (flags & END_STREAM) this.receiver.end(stream, undefined);
        if (this.received > WINDOW_STEP) {
          this.outgoing.push(windowUpdate(0, this.received));
          this.received = 0;
        }
        break;
      case HEADERS:
        if ((flags & END_HEADERS) === 0) this.failed(new Error('a header block in several frames'));
        if (flags & END_STREAM) this.receiver.end(stream, payload);
        break;
      case RST_STREAM:
        this.receiver.end(stream, undefined);
        break;
      case SETTINGS:
        if (flags & ACK) this.ready?.();
        else this.outgoing.push(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
        break;
      case PING:
        if ((flags & ACK) === 0) this.outgoing.push(frame(PING, ACK, 0, payload));
        break;
      case GOAWAY:
      case CONTINUATION:
        this.failed(new Error(`the server sent frame ${type}: ${payload.toString('latin1')}`));
        break;
      default:
        break;
    }
  }
}

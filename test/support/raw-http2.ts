/** HTTP/2 frames written by hand, for what no client library does in the same order as others. */
import { connect, type Socket } from 'node:net';

const FRAME = { data: 0x0, headers: 0x1, reset: 0x3, settings: 0x4 } as const;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const PING = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0]);
const CANCEL = 8;

/** One call on a connection of its own; what the server says is not answered. */
export class RawCall {
  private received = Buffer.alloc(0);

  private constructor(private readonly socket: Socket) {}

  /** @param address `127.0.0.1:port` */
  static async begin(address: string, path: string): Promise<RawCall> {
    const [host = '', port] = address.split(':');
    const socket = connect(Number(port), host);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => undefined);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    const call = new RawCall(socket);
    socket.on('data', (bytes: Buffer) => (call.received = Buffer.concat([call.received, bytes])));
    call.frame(FRAME.settings, 0, 0, Buffer.alloc(0));
    const headers = { ':method': 'POST', ':scheme': 'http', ':path': path, ':authority': address, ...GRPC };
    call.frame(FRAME.headers, END_HEADERS, 1, Buffer.concat(Object.entries(headers).map(literal)));
    return call;
  }

  /** One message, in the frame of gRPC. */
  send(message: Buffer): void {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    this.frame(FRAME.data, 0, 1, Buffer.concat([prefix, message]));
  }

  /** END_STREAM behind the last message. */
  end(): void {
    this.frame(FRAME.data, END_STREAM, 1, Buffer.alloc(0));
  }

  /** Whether the server has sent a ping. */
  get pinged(): boolean {
    return this.received.includes(PING);
  }

  /** RST_STREAM without an end of the requests before it, as clients in Go, Java or Python cancel. */
  reset(): void {
    const code = Buffer.alloc(4);
    code.writeUInt32BE(CANCEL);
    this.frame(FRAME.reset, 0, 1, code);
  }

  close(): void {
    this.socket.destroy();
  }

  private frame(type: number, flags: number, stream: number, payload: Buffer): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    this.socket.write(Buffer.concat([head, payload]));
  }
}

const GRPC = { 'content-type': 'application/grpc', te: 'trailers' };

/** A header field without index and without compression; names and values are shorter than 127 bytes. */
function literal([name, value]: readonly [string, string]): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

/** A connection on which a client's frames behind an end of requests come late, as from a machine that is busy. */
import { setTimeout as wait } from 'node:timers/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const PREFACE = 24;
const HEAD = 9;
const DATA = 0;
const END_STREAM = 1;

export interface LateFrames {
  readonly address: string;
  close(): void;
}

/** @param late in milliseconds */
export async function lateFrames(address: string, late: number): Promise<LateFrames> {
  const [host, port] = address.split(':');
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(port), host);
    for (const socket of [client, server]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => undefined);
    }
    server.pipe(client);
    void forward(client, server, late);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function forward(client: Socket, server: Socket, late: number): Promise<void> {
  try {
    for await (const frame of framesOf(client)) {
      server.write(frame);
      if (frame[3] === DATA && (frame.readUInt8(4) & END_STREAM) > 0) await wait(late);
    }
  } catch {
    // The client is gone.
  }
  server.end();
}

/** The preface of a connection first. */
async function* framesOf(client: Socket): AsyncGenerator<Buffer, void, undefined> {
  let rest = Buffer.alloc(0);
  let size = PREFACE;
  for await (const bytes of client) {
    rest = Buffer.concat([rest, bytes as Buffer]);
    size ||= sizeOf(rest);
    while (size > 0 && rest.length >= size) {
      yield rest.subarray(0, size);
      rest = rest.subarray(size);
      size = sizeOf(rest);
    }
  }
}

/** 0: not known yet. */
function sizeOf(frame: Buffer): number {
  return frame.length < HEAD ? 0 : HEAD + frame.readUIntBE(0, 3);
}

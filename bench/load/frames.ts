/** The few frames of HTTP/2 that a caller writes. See https://www.rfc-editor.org/rfc/rfc9113 and rfc7541. */

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;

export const FRAME_HEADER = 9;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const LARGEST_WINDOW = 2 ** 31 - 1;
const FIRST_WINDOW = 65_535;

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEADER);
  return bytes;
}

export function windowUpdate(stream: number, increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment, 0);
  return frame(WINDOW_UPDATE, 0, stream, payload);
}

/** No dynamic header table, so that equal trailers are equal bytes; windows as large as they can be. */
export function opening(): Buffer {
  const settings = Buffer.alloc(18);
  const entries = [
    [1, 0],
    [2, 0],
    [4, LARGEST_WINDOW],
  ] as const;
  entries.forEach(([id, value], index) => {
    settings.writeUInt16BE(id, index * 6);
    settings.writeUInt32BE(value, index * 6 + 2);
  });
  return Buffer.concat([
    PREFACE,
    frame(SETTINGS, 0, 0, settings),
    windowUpdate(0, LARGEST_WINDOW - FIRST_WINDOW),
  ]);
}

/** The header blocks of a call: of the first on a connection, which fills the server's table, and of all others. */
export interface HeaderBlocks {
  readonly first: Buffer;
  readonly next: Buffer;
}

export function headerBlocks(headers: readonly (readonly [name: string, value: string])[]): HeaderBlocks {
  const first = headers.map(([name, value]) => Buffer.concat([Buffer.from([0x40]), text(name), text(value)]));
  // The newest entry has the lowest index, 62.
  const next = headers.map((_header, index) => Buffer.from([0x80 | (61 + headers.length - index)]));
  return { first: Buffer.concat(first), next: Buffer.concat(next) };
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const { length } = bytes;
  if (length < 127) return Buffer.concat([Buffer.from([length]), bytes]);
  const digits = [127];
  let rest = length - 127;
  for (; rest >= 128; rest >>= 7) digits.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...digits, rest]), bytes]);
}

/** A message as gRPC sends it. */
export function grpcMessage(bytes: Uint8Array): Buffer {
  const message = Buffer.alloc(5 + bytes.length);
  message.writeUInt32BE(bytes.length, 1);
  message.set(bytes, 5);
  return message;
}

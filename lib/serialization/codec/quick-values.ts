/**
 * Values that are known to fit their field, tag included: in one go, without the checks that values of an application
 * need. See https://protobuf.dev/programming-guides/encoding/.
 */
import type { BufferWriter } from 'protobufjs/minimal.js';

/** Longest text for which room is made as if all of its characters took three bytes. */
const LONG = 4096;
/** Below this, a call into V8 takes longer than the characters. */
const SHORT = 24;
/** A tag and the length of such a text. */
const HEAD = 10;

/** @param text well-formed, as every text is that a driver decoded */
export function writeText(writer: BufferWriter, tag: number, text: string): void {
  const { length } = text;
  if (length > LONG) {
    writer.uint32(tag).string(text);
    return;
  }
  makeRoom(writer, 3 * length + HEAD);
  const buffer = writer.buf as Buffer;
  const at = putVarint(buffer, writer.pos, tag);
  if (length < SHORT && putAscii(buffer, at + 1, text)) {
    buffer[at] = length;
    writer.pos = at + 1 + length;
    return;
  }
  const guess = sizeOf(length);
  const size = buffer.write(text, at + guess);
  const head = sizeOf(size);
  if (head !== guess) buffer.copyWithin(at + head, at + guess, at + guess + size);
  putVarint(buffer, at, size);
  writer.pos = at + head + size;
}

/** @param value an integer of 32 bits */
export function writeInt32(writer: BufferWriter, tag: number, value: number): void {
  if (value < 0) {
    writer.uint32(tag).int32(value);
    return;
  }
  makeRoom(writer, HEAD);
  writer.pos = putVarint(writer.buf, putVarint(writer.buf, writer.pos, tag), value);
}

export function writeFlag(writer: BufferWriter, tag: number, value: boolean): void {
  makeRoom(writer, HEAD);
  const at = putVarint(writer.buf, writer.pos, tag);
  writer.buf[at] = value ? 1 : 0;
  writer.pos = at + 1;
}

/** `2026-01-31 10:20:30.040` */
const MOMENT_LENGTH = 23;
const BLANK = 10;
const T = 84;
const Z = 90;

/** Writes a moment as ISO 8601 has it. @param moment see `isMoment` */
export function writeMoment(writer: BufferWriter, tag: number, moment: string): void {
  makeRoom(writer, MOMENT_LENGTH + 1 + HEAD);
  const { buf } = writer;
  const at = putVarint(buf, writer.pos, tag);
  buf[at] = MOMENT_LENGTH + 1;
  putAscii(buf, at + 1, moment);
  buf[at + 1 + BLANK] = T;
  buf[at + 1 + MOMENT_LENGTH] = Z;
  writer.pos = at + 2 + MOMENT_LENGTH;
}

/** False when a character takes more than one byte. */
function putAscii(buffer: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return false;
    buffer[at + index] = code;
  }
  return true;
}

function putVarint(buffer: Uint8Array, at: number, value: number): number {
  let place = at;
  let rest = value;
  while (rest > 127) {
    buffer[place] = (rest & 127) | 128;
    place += 1;
    rest >>>= 7;
  }
  buffer[place] = rest;
  return place + 1;
}

function sizeOf(length: number): number {
  if (length < 128) return 1;
  return length < 16_384 ? 2 : 3;
}

function makeRoom(writer: BufferWriter, size: number): void {
  const needed = writer.pos + size;
  if (needed <= writer.buf.length) return;
  const larger = Buffer.allocUnsafe(Math.max(needed, 2 * writer.buf.length));
  larger.set(writer.buf.subarray(0, writer.pos));
  writer.buf = larger;
  writer.view = null;
}

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

/** 0000-01-01 to 9999-12-31: other years have more digits. */
const FIRST = -62_167_219_200_000;
const LAST = 253_402_300_799_999;

/** Whether `writeDate` knows how. @param time in milliseconds; not a number: false */
export function isWrittenDate(time: number): boolean {
  return time >= FIRST && time <= LAST;
}

const DAY = 86_400_000;
/** Days from 0000-03-01 to 1970-01-01; with March first, the day that not every year has is the last. */
const DAYS_TO_1970 = 719_468;
const DAYS_OF_400_YEARS = 146_097;

/**
 * Writes a moment as `toISOString()` has it. See https://howardhinnant.github.io/date_algorithms.html#civil_from_days.
 *
 * @param time in milliseconds, see `isWrittenDate`
 */
export function writeDate(writer: BufferWriter, tag: number, time: number): void {
  makeRoom(writer, MOMENT_LENGTH + 1 + HEAD);
  const { buf } = writer;
  const at = putVarint(buf, writer.pos, tag);
  buf[at] = MOMENT_LENGTH + 1;
  const days = Math.floor(time / DAY);
  putDay(buf, at + 1, days + DAYS_TO_1970);
  putTime(buf, at + 1 + BLANK, time - days * DAY);
  writer.pos = at + 2 + MOMENT_LENGTH;
}

function putDay(buffer: Uint8Array, at: number, days: number): void {
  const era = Math.floor(days / DAYS_OF_400_YEARS);
  const day = days - era * DAYS_OF_400_YEARS;
  const year = Math.floor(
    (day - Math.floor(day / 1460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365,
  );
  const dayOfYear = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const whole = year + era * 400 + (month <= 2 ? 1 : 0);
  putTwo(buffer, at, Math.floor(whole / 100));
  putTwo(buffer, at + 2, whole % 100);
  buffer[at + 4] = DASH;
  putTwo(buffer, at + 5, month);
  buffer[at + 7] = DASH;
  putTwo(buffer, at + 8, dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1);
}

/** `T10:20:30.040Z` */
function putTime(buffer: Uint8Array, at: number, milliseconds: number): void {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const fraction = milliseconds - seconds * 1000;
  buffer[at] = T;
  putTwo(buffer, at + 1, Math.floor(minutes / 60));
  buffer[at + 3] = COLON;
  putTwo(buffer, at + 4, minutes % 60);
  buffer[at + 6] = COLON;
  putTwo(buffer, at + 7, seconds % 60);
  buffer[at + 9] = DOT;
  buffer[at + 10] = ZERO + Math.floor(fraction / 100);
  putTwo(buffer, at + 11, fraction % 100);
  buffer[at + 13] = Z;
}

const DASH = 45;
const DOT = 46;
const ZERO = 48;
const COLON = 58;

function putTwo(buffer: Uint8Array, at: number, value: number): void {
  const tens = Math.floor(value / 10);
  buffer[at] = ZERO + tens;
  buffer[at + 1] = ZERO + value - tens * 10;
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

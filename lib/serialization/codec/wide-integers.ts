/**
 * The 64-bit integers. In JavaScript they are decimal strings, as TypeORM gives them; nothing passes through a
 * number that cannot hold it, nor through the `long` package, whose presence would change what protobufjs's
 * `Reader.int64()` returns.
 */
import type { BufferReader, BufferWriter, Long } from 'protobufjs/minimal.js';
import { Malformed, Mismatch } from './errors.js';
import { FIXED64, VARINT, type ValueCodec } from './value-codec.js';

export type WideIntegerType = 'int64' | 'uint64' | 'sint64' | 'fixed64' | 'sfixed64';

const CANONICAL = /^(?:0|-?[1-9]\d{0,19})$/;
/** Decimal strings of at most this length are safe integers. */
const SAFE_DIGITS = 15;
const TWO_32 = 0x1_0000_0000;

/** A number only when it is a safe integer. */
type Wide = number | bigint;

function parseWide(type: WideIntegerType, value: unknown): Wide {
  if (typeof value === 'string' && CANONICAL.test(value))
    return value.length <= SAFE_DIGITS ? Number(value) : BigInt(value);
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return value as Wide;
  throw Mismatch.expected(`${type} as decimal string, bigint or safe integer`, value);
}

function signed(type: WideIntegerType, value: unknown): number | Long {
  const wide = parseWide(type, value);
  if (typeof wide === 'number') return wide;
  if (BigInt.asIntN(64, wide) !== wide) throw Mismatch.expected(type, value);
  return bitsOf(wide, false);
}

function unsigned(type: WideIntegerType, value: unknown): number | Long {
  const wide = parseWide(type, value);
  if (wide < 0 || (typeof wide === 'bigint' && BigInt.asUintN(64, wide) !== wide))
    throw Mismatch.expected(type, value);
  return typeof wide === 'number' ? wide : bitsOf(wide, true);
}

function bitsOf(value: bigint, unsigned: boolean): Long {
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return { low, high, unsigned };
}

type ToText = (low: number, high: number) => string;

/** Two small integers are turned into text in half the time that one large one takes. */
function safeText(value: number): string {
  const upper = Math.floor(value / 1e8);
  return upper + String(value - upper * 1e8 + 1e8).slice(1);
}

/** Both halves unsigned. */
const unsignedText: ToText = (low, high) => {
  if (high === 0) return String(low);
  if (high < 0x20_0000) return safeText(high * TWO_32 + low);
  return String((BigInt(high) << 32n) | BigInt(low));
};

const signedText: ToText = (low, high) => {
  if (high < 0x8000_0000) return unsignedText(low, high);
  if (high >= 0xffe0_0000) return String((high - TWO_32) * TWO_32 + low);
  return String(BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)));
};

const zigZagText: ToText = (low, high) => {
  const sign = -(low & 1);
  return signedText((((low >>> 1) | (high << 31)) ^ sign) >>> 0, ((high >>> 1) ^ sign) >>> 0);
};

function readVarint(reader: BufferReader, toText: ToText): string {
  const { buf, len } = reader;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (reader.pos >= len) throw new Malformed('truncated message');
    const byte = buf[reader.pos++] as number;
    const bits = byte & 127;
    if (shift <= 28) low |= bits << shift;
    // The fifth byte lies across both halves.
    if (shift === 28) high = bits >>> 4;
    else if (shift > 28) high |= bits << (shift - 32);
    if (byte < 128) return toText(low >>> 0, high >>> 0);
  }
  throw new Malformed('invalid varint');
}

function readFixed(reader: BufferReader, toText: ToText): string {
  const low = reader.fixed32();
  return toText(low, reader.fixed32());
}

function wide(
  wireType: ValueCodec['wireType'],
  write: (writer: BufferWriter, value: unknown) => void,
  read: (reader: BufferReader) => string,
): ValueCodec {
  return {
    wireType,
    zero: '0',
    isZero: (value) => value === '0' || value === 0 || value === 0n,
    write,
    read,
  };
}

/** Encoding takes canonical decimal strings, bigints and safe integers; decoding gives decimal strings. */
export const WIDE_INTEGERS: Readonly<Record<WideIntegerType, ValueCodec>> = {
  int64: wide(
    VARINT,
    (writer, value) => void writer.int64(signed('int64', value)),
    (reader) => readVarint(reader, signedText),
  ),
  uint64: wide(
    VARINT,
    (writer, value) => void writer.uint64(unsigned('uint64', value)),
    (reader) => readVarint(reader, unsignedText),
  ),
  sint64: wide(
    VARINT,
    (writer, value) => void writer.sint64(signed('sint64', value)),
    (reader) => readVarint(reader, zigZagText),
  ),
  fixed64: wide(
    FIXED64,
    (writer, value) => void writer.fixed64(unsigned('fixed64', value)),
    (reader) => readFixed(reader, unsignedText),
  ),
  sfixed64: wide(
    FIXED64,
    (writer, value) => void writer.sfixed64(signed('sfixed64', value)),
    (reader) => readFixed(reader, signedText),
  ),
};

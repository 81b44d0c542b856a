/**
 * The scalar types of proto3 as values. Writing is strict: protobufjs alone would turn 'x' in an int32 into 0
 * and a lone surrogate into bytes that no other language reads.
 */
import { types } from 'node:util';
import type { BufferReader, BufferWriter } from 'protobufjs/minimal.js';
import type { ScalarType } from '../../proto/descriptors.js';
import { Mismatch } from './errors.js';
import { DELIMITED, FIXED32, FIXED64, VARINT, type ValueCodec } from './value-codec.js';
import { WIDE_INTEGERS } from './wide-integers.js';

/** In Node since 20; TypeScript has it from lib es2024 on. */
interface MaybeWellFormed {
  isWellFormed(): boolean;
}

const isZeroInteger = (value: unknown): boolean => value === 0;

// -0 is not zero for proto3: it has another bit pattern and is written.
const isPositiveZero = (value: unknown): boolean => Object.is(value, 0);

function int32(type: ScalarType, value: unknown): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  throw Mismatch.expected(type, value);
}

function uint32(type: ScalarType, value: unknown): number {
  if (typeof value === 'number' && value >>> 0 === value) return value;
  throw Mismatch.expected(type, value);
}

function float(value: unknown): number {
  // A finite number beyond the range of a float would arrive as Infinity.
  if (typeof value === 'number' && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value)))
    return value;
  throw Mismatch.expected('float', value);
}

function double(value: unknown): number {
  if (typeof value === 'number') return value;
  throw Mismatch.expected('double', value);
}

/** Writes a string; the names of a Struct's members go through it too. */
export function writeString(writer: BufferWriter, value: unknown): void {
  if (typeof value !== 'string') throw Mismatch.expected('string', value);
  if (!(value as unknown as MaybeWellFormed).isWellFormed())
    throw Mismatch.expected('string without lone surrogates', value);
  writer.string(value);
}

/**
 * Reads a string or fails on invalid UTF-8. The lenient reader is the faster one, and shows by U+FFFD when
 * there is something to verify.
 */
export function readString(reader: BufferReader): string {
  const start = reader.pos;
  const text = reader.string();
  if (!text.includes('\uFFFD')) return text;
  reader.pos = start;
  return reader.stringVerify();
}

const EMPTY = Buffer.alloc(0);

/** One entry per scalar type; none of them knows fields or cardinality. */
export const SCALARS: Readonly<Record<ScalarType, ValueCodec>> = {
  ...WIDE_INTEGERS,
  double: {
    wireType: FIXED64,
    zero: 0,
    isZero: isPositiveZero,
    write: (writer, value) => void writer.double(double(value)),
    read: (reader) => reader.double(),
  },
  float: {
    wireType: FIXED32,
    zero: 0,
    isZero: isPositiveZero,
    write: (writer, value) => void writer.float(float(value)),
    read: (reader) => reader.float(),
  },
  int32: {
    wireType: VARINT,
    zero: 0,
    isZero: isZeroInteger,
    write: (writer, value) => void writer.int32(int32('int32', value)),
    read: (reader) => reader.int32(),
  },
  uint32: {
    wireType: VARINT,
    zero: 0,
    isZero: isZeroInteger,
    write: (writer, value) => void writer.uint32(uint32('uint32', value)),
    read: (reader) => reader.uint32(),
  },
  sint32: {
    wireType: VARINT,
    zero: 0,
    isZero: isZeroInteger,
    write: (writer, value) => void writer.sint32(int32('sint32', value)),
    read: (reader) => reader.sint32(),
  },
  fixed32: {
    wireType: FIXED32,
    zero: 0,
    isZero: isZeroInteger,
    write: (writer, value) => void writer.fixed32(uint32('fixed32', value)),
    read: (reader) => reader.fixed32(),
  },
  sfixed32: {
    wireType: FIXED32,
    zero: 0,
    isZero: isZeroInteger,
    write: (writer, value) => void writer.sfixed32(int32('sfixed32', value)),
    read: (reader) => reader.sfixed32(),
  },
  bool: {
    wireType: VARINT,
    zero: false,
    isZero: (value) => value === false,
    write(writer, value) {
      if (typeof value !== 'boolean') throw Mismatch.expected('bool', value);
      writer.bool(value);
    },
    read: (reader) => reader.bool(),
  },
  string: {
    wireType: DELIMITED,
    zero: '',
    isZero: (value) => value === '',
    write: writeString,
    read: readString,
  },
  bytes: {
    wireType: DELIMITED,
    zero: EMPTY,
    isZero: (value) => types.isUint8Array(value) && value.length === 0,
    write(writer, value) {
      if (!types.isUint8Array(value)) throw Mismatch.expected('Buffer or Uint8Array', value);
      writer.bytes(value);
    },
    // A copy: a view would keep the whole receive buffer alive.
    read: (reader) => Buffer.from(reader.bytes()),
  },
};

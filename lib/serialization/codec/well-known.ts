/**
 * Timestamp, Duration, Any and the wrappers as JavaScript holds them. See
 * https://protobuf.dev/reference/protobuf/google.protobuf/.
 */
import { types } from 'node:util';
import type { BufferReader, BufferWriter } from 'protobufjs/minimal.js';
import {
  NOTHING_RESERVED,
  WRAPPERS,
  type FieldDescriptor,
  type MessageDescriptor,
  type ScalarType,
} from '../../proto/descriptors.js';
import { Malformed, Mismatch } from './errors.js';
import { enter, skipField } from './frames.js';
import { SCALARS } from './scalars.js';
import type { WireCodec } from './value-codec.js';

/** google.protobuf.Duration: both parts have the same sign. */
export interface Duration {
  readonly seconds: number;
  readonly nanos: number;
}

/** google.protobuf.Any: the bytes of a message, and which one it is. */
export interface AnyMessage {
  /** `type.googleapis.com/shop.v1.Order` */
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

const SECONDS = 8;
const NANOS = 16;

/** 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z. */
const TIMESTAMP_SECONDS = { min: -62_135_596_800, max: 253_402_300_799 };
const DURATION_SECONDS = 315_576_000_000;
const BILLION = 1_000_000_000;

const { int64 } = SCALARS;

function writeParts(writer: BufferWriter, seconds: number, nanos: number): void {
  if (seconds !== 0) int64.write(writer.uint32(SECONDS) as BufferWriter, seconds, 0);
  if (nanos !== 0) writer.uint32(NANOS).int32(nanos);
}

function readParts(reader: BufferReader, length: number, depth: number, earlier: Duration): Duration {
  let { seconds, nanos } = earlier;
  const outer = enter(reader, length, depth);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === SECONDS) seconds = Number(int64.read(reader, depth, undefined));
    else if (tag === NANOS) nanos = reader.int32();
    else skipField(reader, tag, depth);
  }
  reader.len = outer;
  return { seconds, nanos };
}

/** A date; what is finer than a millisecond is cut off when it is read. */
const TIMESTAMP: WireCodec = {
  name: 'google.protobuf.Timestamp',
  write(writer, value) {
    const { seconds, nanos } = types.isDate(value) ? partsOf(value) : { seconds: Number.NaN, nanos: 0 };
    if (!(seconds >= TIMESTAMP_SECONDS.min && seconds <= TIMESTAMP_SECONDS.max))
      throw Mismatch.expected('Date of the years 1 to 9999', value);
    writeParts(writer, seconds, nanos);
  },
  read(reader, length, depth, earlier) {
    const before = types.isDate(earlier) ? partsOf(earlier) : ZERO;
    const { seconds, nanos } = readParts(reader, length, depth, before);
    // ts-proto counts from the second behind a moment before 1970, though nanos must not be negative.
    const second = nanos < 0 ? seconds - 1 : seconds;
    if (second < TIMESTAMP_SECONDS.min || second > TIMESTAMP_SECONDS.max || Math.abs(nanos) >= BILLION)
      throw new Malformed('timestamp out of range');
    return new Date(seconds * 1000 + Math.floor(nanos / 1_000_000));
  },
};

function partsOf(date: Date): Duration {
  const milliseconds = date.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 };
}

const ZERO: Duration = { seconds: 0, nanos: 0 };

const DURATION: WireCodec = {
  name: 'google.protobuf.Duration',
  write(writer, value) {
    if (!isDuration(value))
      throw Mismatch.expected('{ seconds, nanos } of one sign, below 10 000 years', value);
    writeParts(writer, value.seconds, value.nanos);
  },
  read(reader, length, depth, earlier) {
    const duration = readParts(reader, length, depth, isDuration(earlier) ? earlier : ZERO);
    if (!isDuration(duration)) throw new Malformed('duration out of range');
    return duration;
  },
};

function isDuration(value: unknown): value is Duration {
  if (typeof value !== 'object' || value === null) return false;
  const { seconds, nanos } = value as Partial<Duration>;
  return (
    Number.isSafeInteger(seconds) &&
    Number.isSafeInteger(nanos) &&
    Math.abs(seconds as number) <= DURATION_SECONDS &&
    Math.abs(nanos as number) < BILLION &&
    (seconds as number) * (nanos as number) >= 0
  );
}

const VALUE_NUMBER = 1;

/** The value itself; null, which is no value, leaves the field around it unset. */
function wrapper(name: string, scalar: ScalarType): WireCodec {
  const { wireType, zero, isZero, write, read } = SCALARS[scalar];
  const valueTag = (VALUE_NUMBER << 3) | wireType;
  return {
    name,
    write(writer, value, depth) {
      if (!isZero(value)) write(writer.uint32(valueTag) as BufferWriter, value, depth);
    },
    read(reader, length, depth, earlier = zero) {
      let value = earlier;
      const outer = enter(reader, length, depth);
      while (reader.pos < reader.len) {
        const tag = reader.tag();
        if (tag === valueTag) value = read(reader, depth, undefined);
        else skipField(reader, tag, depth);
      }
      reader.len = outer;
      return value;
    },
  };
}

export const WELL_KNOWN_CODECS: readonly WireCodec[] = [
  TIMESTAMP,
  DURATION,
  ...Object.entries(WRAPPERS).map(([name, scalar]) => wrapper(name, scalar)),
];

function field(name: string, property: string, scalar: ScalarType, number: number): FieldDescriptor {
  const type = { kind: 'scalar', scalar } as const;
  return { kind: 'field', name, property, type, cardinality: 'singular', number, comment: [] };
}

function wellKnown(name: string, fields: readonly FieldDescriptor[]): MessageDescriptor {
  return { kind: 'message', name, fields, reserved: NOTHING_RESERVED, comment: [] };
}

/** Those that JavaScript holds as any other message. */
export const WELL_KNOWN_MESSAGES: readonly MessageDescriptor[] = [
  wellKnown('google.protobuf.Empty', []),
  wellKnown('google.protobuf.Any', [
    field('type_url', 'typeUrl', 'string', 1),
    field('value', 'value', 'bytes', 2),
  ]),
];

/**
 * google.protobuf.Struct, Value and ListValue <-> plain JSON values. The tags are those of
 * https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/struct.proto.
 */
import type { BufferReader, BufferWriter } from 'protobufjs/minimal.js';
import { echoed, Malformed, MAX_DEPTH, Mismatch, TOO_DEEP, within } from './errors.js';
import { enter, skipField } from './frames.js';
import { readString, writeString } from './scalars.js';
import type { WireCodec } from './value-codec.js';

type JsonObject = Record<string, unknown>;

const ENTRY = 10;
const ENTRY_KEY = 10;
const ENTRY_VALUE = 18;
const NULL = 8;
const NUMBER = 17;
const STRING = 26;
const BOOL = 32;
const STRUCT = 42;
const LIST = 50;
const ITEM = 10;

function writeStruct(writer: BufferWriter, value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw new Mismatch(TOO_DEEP);
  if (!isJsonObject(value)) throw Mismatch.expected('plain object', value);
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member !== undefined) writeEntry(writer, key, member, depth + 1);
  }
}

function writeEntry(writer: BufferWriter, key: string, member: unknown, depth: number): void {
  try {
    writer.uint32(ENTRY).fork().uint32(ENTRY_KEY);
    writeString(writer, key);
    writer.uint32(ENTRY_VALUE).fork();
    writeValue(writer, member, depth + 1);
    writer.ldelim().ldelim();
  } catch (error) {
    throw within(`.${echoed(key)}`, error);
  }
}

function writeList(writer: BufferWriter, list: readonly unknown[], depth: number): void {
  for (const [index, item] of list.entries()) {
    try {
      writer.uint32(ITEM).fork();
      writeValue(writer, item, depth + 1);
      writer.ldelim();
    } catch (error) {
      throw within(`[${index}]`, error);
    }
  }
}

function writeValue(writer: BufferWriter, value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw new Mismatch(TOO_DEEP);
  if (value === null) writer.uint32(NULL).uint32(0);
  else if (typeof value === 'string') writeString(writer.uint32(STRING) as BufferWriter, value);
  else if (typeof value === 'boolean') writer.uint32(BOOL).bool(value);
  else if (Number.isFinite(value)) writer.uint32(NUMBER).double(value as number);
  else if (Array.isArray(value)) {
    writer.uint32(LIST).fork();
    writeList(writer, value, depth + 1);
    writer.ldelim();
  } else if (isJsonObject(value)) {
    writer.uint32(STRUCT).fork();
    writeStruct(writer, value, depth + 1);
    writer.ldelim();
  } else throw Mismatch.expected('JSON value', value);
}

/**
 * Own enumerable members count, so an instance of a plain class will do. What JSON would write in its own way
 * (Date, Buffer, Decimal) or lose without a word (Map, Promise) will not.
 */
export function isJsonObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  const tagged = Object.prototype.toString.call(value) !== '[object Object]';
  return !tagged && typeof (value as JsonObject).toJSON !== 'function';
}

function readStruct(reader: BufferReader, length: number, depth: number, earlier?: unknown): JsonObject {
  const struct = isJsonObject(earlier) ? earlier : {};
  const outer = enter(reader, length, depth);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === ENTRY) readEntry(reader, struct, depth + 1);
    else skipField(reader, tag, depth);
  }
  reader.len = outer;
  return struct;
}

/** Assigning to `__proto__` would change the prototype instead. */
export function setMember(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

function readEntry(reader: BufferReader, struct: JsonObject, depth: number): void {
  let key = '';
  let value: unknown = null;
  const outer = enter(reader, reader.size(), depth);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === ENTRY_KEY) key = readString(reader);
    else if (tag === ENTRY_VALUE) value = readValue(reader, reader.size(), depth + 1, value);
    else skipField(reader, tag, depth);
  }
  reader.len = outer;
  setMember(struct, key, value);
}

function readList(reader: BufferReader, length: number, depth: number, earlier?: unknown): unknown[] {
  const list: unknown[] = Array.isArray(earlier) ? earlier : [];
  const outer = enter(reader, length, depth);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === ITEM) list.push(readValue(reader, reader.size(), depth + 1));
    else skipField(reader, tag, depth);
  }
  reader.len = outer;
  return list;
}

/** A value without any kind, which the specification forbids and everybody sends, is null. */
function readValue(reader: BufferReader, length: number, depth: number, earlier: unknown = null): unknown {
  let value: unknown = earlier;
  const outer = enter(reader, length, depth);
  while (reader.pos < reader.len) value = readKind(reader, reader.tag(), depth, value);
  reader.len = outer;
  return value;
}

function readKind(reader: BufferReader, tag: number, depth: number, earlier: unknown): unknown {
  switch (tag) {
    case NULL:
      reader.int32();
      return null;
    case NUMBER:
      return finite(reader.double());
    case STRING:
      return readString(reader);
    case BOOL:
      return reader.bool();
    case STRUCT:
      return readStruct(reader, reader.size(), depth + 1, earlier);
    case LIST:
      return readList(reader, reader.size(), depth + 1, earlier);
    default:
      skipField(reader, tag, depth);
      return earlier;
  }
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new Malformed('NaN and Infinity are no JSON numbers');
}

/** Members that are undefined are left out; bigint, Date, NaN and the like are errors that name their path. */
export const STRUCT_CODEC: WireCodec = {
  name: 'google.protobuf.Struct',
  write: writeStruct,
  read: readStruct,
};

/** Any JSON value; null is the NullValue. */
export const VALUE_CODEC: WireCodec = { name: 'google.protobuf.Value', write: writeValue, read: readValue };

/** An array of JSON values. */
export const LIST_CODEC: WireCodec = {
  name: 'google.protobuf.ListValue',
  write(writer, value, depth) {
    if (depth > MAX_DEPTH) throw new Mismatch(TOO_DEEP);
    if (!Array.isArray(value)) throw Mismatch.expected('array of JSON values', value);
    writeList(writer, value, depth);
  },
  read: readList,
};

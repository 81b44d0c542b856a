/** Cardinality: a value codec and a field number -> how the field is written and read. */
import type { BufferReader, BufferWriter } from 'protobufjs/minimal.js';
import type { Cardinality } from '../../proto/descriptors.js';
import { Mismatch, within } from './errors.js';
import { enter } from './frames.js';
import { DELIMITED, type ValueCodec } from './value-codec.js';

/** Writes tag and value; the value is never undefined. */
export type FieldWriter = (writer: BufferWriter, value: unknown, depth: number) => void;

/** Reads what stands behind the tag into the message. */
export type FieldReader = (reader: BufferReader, message: Record<string, unknown>, depth: number) => void;

export interface FieldShape {
  readonly property: string;
  readonly number: number;
  readonly cardinality: Cardinality;
}

/** How a field is written: zero only where presence counts, lists of numbers packed. */
export function fieldWriter({ number, cardinality }: FieldShape, codec: ValueCodec): FieldWriter {
  const tag = tagOf(number, codec.wireType);
  if (cardinality === 'repeated')
    return codec.wireType === DELIMITED
      ? listWriter(tag, codec)
      : packedWriter(tagOf(number, DELIMITED), codec);
  const { write, isZero, nullable = false } = codec;
  if (cardinality === 'optional') {
    return (writer, value, depth) => {
      if (value === null && !nullable) return;
      write(writer.uint32(tag) as BufferWriter, value, depth);
    };
  }
  return (writer, value, depth) => {
    if ((value === null && !nullable) || isZero(value)) return;
    write(writer.uint32(tag) as BufferWriter, value, depth);
  };
}

function listWriter(tag: number, { write }: ValueCodec): FieldWriter {
  return (writer, list, depth) => {
    if (list !== null) eachItem(list, (item) => write(writer.uint32(tag) as BufferWriter, item, depth));
  };
}

function packedWriter(tag: number, { write }: ValueCodec): FieldWriter {
  return (writer, list, depth) => {
    if (list === null || (Array.isArray(list) && list.length === 0)) return;
    writer.uint32(tag).fork();
    eachItem(list, (item) => write(writer, item, depth));
    writer.ldelim();
  };
}

function eachItem(list: unknown, write: (item: unknown) => void): void {
  if (!Array.isArray(list)) throw Mismatch.expected('array', list);
  let index = 0;
  try {
    for (; index < list.length; index++) write(list[index]);
  } catch (error) {
    throw within(`[${index}]`, error);
  }
}

/** How a field is read, by tag: a list of numbers comes packed or one by one, whatever the writer likes. */
export function fieldReaders(
  { property, number, cardinality }: FieldShape,
  codec: ValueCodec,
): readonly (readonly [tag: number, read: FieldReader])[] {
  const { read } = codec;
  const tag = tagOf(number, codec.wireType);
  if (cardinality !== 'repeated') {
    const earlier = memberReader(property);
    const readOne: FieldReader = (reader, message, depth) =>
      void (message[property] = read(reader, depth, earlier(message)));
    return [[tag, readOne]];
  }
  const readItem: FieldReader = (reader, message, depth) =>
    void (message[property] as unknown[]).push(read(reader, depth, undefined));
  if (codec.wireType === DELIMITED) return [[tag, readItem]];
  const readPacked: FieldReader = (reader, message, depth) => {
    const outer = enter(reader, reader.size(), depth);
    const list = message[property] as unknown[];
    while (reader.pos < reader.len) list.push(read(reader, depth, undefined));
    reader.len = outer;
  };
  return [
    [tag, readItem],
    [tagOf(number, DELIMITED), readPacked],
  ];
}

/** An own member of a message: a field called `constructor` must not find what every object inherits. */
function memberReader(property: string): (message: Record<string, unknown>) => unknown {
  if (!(property in Object.prototype)) return (message) => message[property];
  return (message) => (Object.hasOwn(message, property) ? message[property] : undefined);
}

/** What stands before a value. */
export function tagOf(number: number, wireType: number): number {
  return ((number << 3) | wireType) >>> 0;
}

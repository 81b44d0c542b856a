/**
 * The contracts between the parts of the codec: one value, one message, and the wire types of
 * https://protobuf.dev/programming-guides/encoding/.
 */
import type { BufferReader, BufferWriter } from 'protobufjs/minimal.js';
import type { MessageLayout } from './layout.js';

export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;
export const START_GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;

export type WireType = typeof VARINT | typeof FIXED64 | typeof DELIMITED | typeof FIXED32;

/** One value without its tag. Cardinality is the business of the field around it. */
export interface ValueCodec {
  readonly wireType: WireType;
  /** What an unset singular field holds after decoding. */
  readonly zero: unknown;
  /** A value that proto3 does not write in a singular field. */
  isZero(value: unknown): boolean;
  /** Whether null is a value of the type, as in google.protobuf.Value, and not "unset". */
  readonly nullable?: boolean;
  /** Of the message that the value is. */
  readonly message?: MessageLayout | undefined;
  /** @throws Mismatch for a value of another type or range */
  write(writer: BufferWriter, value: unknown, depth: number): void;
  /**
   * @param earlier what the field holds already: messages merge into it, everything else replaces it
   * @throws Malformed, or what protobufjs's `Reader` throws
   */
  read(reader: BufferReader, depth: number, earlier: unknown): unknown;
}

/** One message without tag and length. Arrows, so that they can be handed around without their object. */
export interface WireCodec {
  readonly name: string;
  /** Undefined: it is not made of fields, as google.protobuf.Struct in JavaScript. */
  readonly layout?: MessageLayout;
  readonly write: (writer: BufferWriter, value: unknown, depth: number) => void;
  readonly read: (reader: BufferReader, length: number, depth: number, earlier?: unknown) => unknown;
}

/** A message as the value of a field. */
export function nestedMessage(codec: WireCodec, nullable = false): ValueCodec {
  return {
    wireType: DELIMITED,
    zero: undefined,
    nullable,
    message: codec.layout,
    isZero: () => false,
    write(writer, value, depth) {
      writer.fork();
      codec.write(writer, value, depth + 1);
      writer.ldelim();
    },
    read: (reader, depth, earlier) => codec.read(reader, reader.size(), depth + 1, earlier),
  };
}

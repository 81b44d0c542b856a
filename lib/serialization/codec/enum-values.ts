/** Enums: what the model holds <-> numbers on the wire. */
import type { Cardinality, EnumDescriptor } from '../../proto/descriptors.js';
import { echoed, Mismatch } from './errors.js';
import { VARINT, type ValueCodec } from './value-codec.js';

/**
 * A number that the enum does not know, from a newer caller or a careless one. proto3 enums are open, so it is
 * no decoding error; validation refuses it and can name the number. In a list it also stands for the
 * unspecified value, which has no JavaScript value that a list could hold.
 *
 * @example
 * if (value instanceof UnknownEnumValue) errors.push(`${value.number} is not a valid choice.`);
 * @see https://protobuf.dev/programming-guides/enum/
 */
export class UnknownEnumValue {
  constructor(readonly number: number) {}
}

/**
 * The codec of one enum field.
 *
 * The unspecified value, the one without a JavaScript value, is decoded to undefined in a `singular` field, to
 * null in an `optional` one (it was sent, but says nothing), to an `UnknownEnumValue` in a list.
 */
export function enumCodec(descriptor: EnumDescriptor, cardinality: Cardinality): ValueCodec {
  const { name, values } = descriptor;
  if (descriptor.open) return openEnumCodec(descriptor);
  const numbers = new Map<unknown, number>();
  const meanings = new Map<number, unknown>();
  for (const { number, value } of values) {
    if (value !== undefined && !numbers.has(value)) numbers.set(value, number);
    // With aliases the first one counts, as in other implementations.
    if (!meanings.has(number)) meanings.set(number, value ?? unspecified(cardinality, number));
  }
  const expected = `${name} (${echoed([...numbers.keys()].join(', '))})`;
  return {
    wireType: VARINT,
    zero: meanings.get(0),
    isZero: (value) => numbers.get(value) === 0,
    write(writer, value) {
      const number = numbers.get(value);
      if (number === undefined) throw Mismatch.expected(expected, value);
      writer.int32(number);
    },
    read(reader) {
      const number = reader.int32();
      return meanings.has(number) ? meanings.get(number) : new UnknownEnumValue(number);
    },
  };
}

/** Names, and numbers where there is no name, so that what a newer caller sent can be given on. */
function openEnumCodec({ name, values }: EnumDescriptor): ValueCodec {
  const numbers = new Map<unknown, number>(values.map((value) => [value.name, value.number]));
  // With aliases the first one counts, as in other implementations.
  const names = new Map(values.toReversed().map((value) => [value.number, value.name]));
  const expected = `${name} (${echoed([...numbers.keys()].join(', '))})`;
  const numberOf = (value: unknown): number | undefined => numbers.get(value) ?? int32Of(value);
  return {
    wireType: VARINT,
    zero: names.get(0),
    isZero: (value) => numberOf(value) === 0,
    write(writer, value) {
      const number = numberOf(value);
      if (number === undefined) throw Mismatch.expected(expected, value);
      writer.int32(number);
    },
    read(reader) {
      const number = reader.int32();
      return names.get(number) ?? number;
    },
  };
}

function int32Of(value: unknown): number | undefined {
  return typeof value === 'number' && (value | 0) === value ? value : undefined;
}

function unspecified(cardinality: Cardinality, number: number): unknown {
  switch (cardinality) {
    case 'singular':
      return undefined;
    case 'optional':
      return null;
    case 'repeated':
      return new UnknownEnumValue(number);
  }
}

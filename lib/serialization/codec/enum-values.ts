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
export function enumCodec({ name, values }: EnumDescriptor, cardinality: Cardinality): ValueCodec {
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

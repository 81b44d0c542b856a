import * as fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import {
  type Cardinality,
  type FieldDescriptor,
  type FieldType,
  SCALAR_TYPES,
  type ScalarType,
} from '../../../../lib/proto/descriptors.js';
import { printFile, SOCIO_STYLE } from '../../../../lib/proto/print.js';
import { compileCodecs, type Message } from '../../../../lib/serialization/codec/index.js';
import { field, file, message } from '../../proto/descriptor-builders.js';
import { STATUS } from './codec-builders.js';

/** The same contract for our codec and, through its text, for protobufjs's `Type`. */
const CARDINALITIES: readonly Cardinality[] = ['singular', 'optional', 'repeated'];
const TYPES: readonly FieldType[] = [
  ...SCALAR_TYPES.map((scalar) => ({ kind: 'scalar', scalar }) as const),
  { kind: 'enum', name: 'Status.Enum' },
  { kind: 'message', name: 'Inner' },
];
const FIELDS = TYPES.flatMap((type, index) =>
  CARDINALITIES.map((cardinality, at) => {
    const name = type.kind === 'scalar' ? type.scalar : type.kind;
    // Spread over one, two and three bytes of tag.
    const number = [index + 1, index + 120, index + 3000][at] as number;
    return field(`${name}${cardinality}`, type, { number, cardinality });
  }),
);
const CONTRACT = file({
  messages: [message('Outer', FIELDS), message('Inner', [field('text', 'string', { number: 1 })])],
  enums: [STATUS],
});
const ours = compileCodecs(CONTRACT).get('Outer');
const theirs = protobuf.parse(printFile(CONTRACT, SOCIO_STYLE)).root.lookupType('shop.v1.Outer');

const signed = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(String);
const unsigned = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String);
const int32 = fc.integer();
const uint32 = fc.nat(0xffff_ffff);
const text = fc.string({ unit: 'binary', maxLength: 150 });

const SCALAR_VALUES: Record<ScalarType, fc.Arbitrary<unknown>> = {
  double: fc.double(),
  float: fc.float(),
  int32,
  int64: signed,
  uint32,
  uint64: unsigned,
  sint32: int32,
  sint64: signed,
  fixed32: uint32,
  fixed64: unsigned,
  sfixed32: int32,
  sfixed64: signed,
  bool: fc.boolean(),
  string: text,
  bytes: fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value)),
};

// `toObject` leaves an empty text out, which is no matter of bytes.
const INNER = fc.record({ text: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }) });

function valueOf({ type, cardinality }: FieldDescriptor): fc.Arbitrary<unknown> {
  const single = singleValue(type);
  return cardinality === 'repeated' ? fc.array(single, { maxLength: 5 }) : single;
}

function singleValue(type: FieldType): fc.Arbitrary<unknown> {
  if (type.kind === 'scalar') return SCALAR_VALUES[type.scalar];
  return type.kind === 'enum' ? fc.constantFrom('draft', 'published', 'gone') : INNER;
}

const messages = fc.record(Object.fromEntries(FIELDS.map((each) => [each.property, valueOf(each)])), {
  requiredKeys: [],
});

/** What decoding adds to a message that left fields out. */
const BLANK = ours.decode(Buffer.alloc(0));

const NUMBERS: Record<string, number> = Object.fromEntries(
  STATUS.values.map(({ value, number }) => [String(value), number]),
);

/** Our message as protobufjs's `fromObject` takes it: enums as numbers. */
function toTheirs(value: Message): Record<string, unknown> {
  return mapEnums(value, (name) => NUMBERS[String(name)]);
}

function mapEnums(value: Message, map: (item: unknown) => unknown): Record<string, unknown> {
  const entries = Object.entries(value).map(([key, member]) => {
    if (!key.startsWith('enum')) return [key, member] as const;
    return [key, Array.isArray(member) ? member.map(map) : map(member)] as const;
  });
  return Object.fromEntries(entries);
}

function toOurs(value: protobuf.Message): Record<string, unknown> {
  const names = new Map(STATUS.values.map(({ number, value }) => [number, value]));
  const plain = theirs.toObject(value, { longs: String, defaults: false, arrays: true });
  return { ...BLANK, ...mapEnums(plain, (number) => names.get(number as number)) };
}

describe('the codec and protobufjs', () => {
  it('covers every scalar type in every cardinality', () => {
    expect(FIELDS).toHaveLength((SCALAR_TYPES.length + 2) * 3);
  });

  it('round-trips any message', () => {
    fc.assert(
      fc.property(messages, (value) => {
        expect(ours.decode(ours.encode(value))).toEqual({ ...BLANK, ...value });
      }),
      { numRuns: 300 },
    );
  });

  it('reads what protobufjs writes', () => {
    fc.assert(
      fc.property(messages, (value) => {
        const encoded = theirs.encode(theirs.fromObject(toTheirs(value))).finish();
        expect(ours.decode(encoded)).toEqual({ ...BLANK, ...value });
      }),
      { numRuns: 300 },
    );
  });

  it('writes what protobufjs reads', () => {
    fc.assert(
      fc.property(messages, (value) => {
        expect(toOurs(theirs.decode(ours.encode(value)))).toEqual({ ...BLANK, ...value });
      }),
      { numRuns: 300 },
    );
  });
});

describe('google.protobuf.Struct and protobufjs', () => {
  const codec = compileCodecs(file()).get('google.protobuf.Struct');
  // Parsed from the text: the class that protobufjs ships has conversions of its own.
  const root = protobuf.parse(`
    syntax = "proto3";
    message Struct { map<string, Value> fields = 1; }
    message Value {
      oneof kind {
        int32 null_value = 1; double number_value = 2; string string_value = 3;
        bool bool_value = 4; Struct struct_value = 5; List list_value = 6;
      }
    }
    message List { repeated Value values = 1; }
  `).root;
  const type = root.lookupType('Struct');
  const json = fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }),
  );

  it('are interchangeable', () => {
    fc.assert(
      fc.property(json, (value) => {
        const encoded = codec.encode(value);
        const again = type.encode(type.decode(encoded)).finish();
        expect(codec.decode(again)).toEqual({ ...value });
        expect(type.toObject(type.decode(encoded), { oneofs: true, objects: true })).toEqual(structOf(value));
      }),
    );
  });

  function structOf(value: object): object {
    return {
      fields: Object.fromEntries(Object.entries(value).map(([key, member]) => [key, valueOf(member)])),
    };
  }

  function valueOf(value: unknown): object {
    if (value === null) return { nullValue: 0, kind: 'nullValue' };
    if (typeof value === 'number') return { numberValue: value, kind: 'numberValue' };
    if (typeof value === 'string') return { stringValue: value, kind: 'stringValue' };
    if (typeof value === 'boolean') return { boolValue: value, kind: 'boolValue' };
    if (!Array.isArray(value)) return { structValue: structOf(value as object), kind: 'structValue' };
    const list = value.length === 0 ? {} : { values: value.map(valueOf) };
    return { listValue: list, kind: 'listValue' };
  }
});

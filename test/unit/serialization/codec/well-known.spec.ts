/** Well-known types, maps and oneofs: our bytes are those of protobufjs, and the other way round. */
import * as fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { SCALAR_TYPES, WRAPPERS, type ScalarType } from '../../../../lib/proto/descriptors.js';
import { printFile, SOCIO_STYLE } from '../../../../lib/proto/print.js';
import { compileCodecs, DecodeError, EncodeError } from '../../../../lib/serialization/codec/index.js';
import { field, file, message } from '../../proto/descriptor-builders.js';
import { bytes, codecOf, STATUS, thrownBy } from './codec-builders.js';

const MAP_KEYS = SCALAR_TYPES.filter((type) => !/^(double|float|bytes)$/.test(type));

/** A field of the type in a message of ours, and the same message by protobufjs. */
function pair(type: string) {
  const contract = file({
    messages: [
      message('M', [field('value', { kind: 'message', name: type }, { number: 1 })]),
      message('Inner', [field('text', 'string', { number: 1 })]),
    ],
    enums: [STATUS],
  });
  const root = new protobuf.Root();
  for (const name of ['any', 'duration', 'empty', 'struct', 'timestamp', 'wrappers'])
    root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
  const { root: parsed } = protobuf.parse(printFile(contract, SOCIO_STYLE), root);
  return { ours: compileCodecs(contract).get('M'), theirs: parsed.lookupType('shop.v1.M') };
}

/** What protobufjs reads of the bytes we write, with longs as texts. */
function seenByOthers(type: string, value: unknown): unknown {
  const { ours, theirs } = pair(type);
  const object = theirs.toObject(theirs.decode(ours.encode({ value })), { longs: String });
  return object['value'];
}

/** What we read of the bytes that protobufjs writes. */
function readOfOthers(type: string, value: unknown): unknown {
  const { ours, theirs } = pair(type);
  return ours.decode(theirs.encode(theirs.fromObject({ value })).finish())['value'];
}

describe('google.protobuf.Timestamp', () => {
  const type = 'google.protobuf.Timestamp';

  it.each([
    ['1970-01-01T00:00:00.000Z', {}],
    ['2026-01-02T10:20:30.123Z', { seconds: '1767349230', nanos: 123_000_000 }],
    ['1969-12-31T23:59:59.999Z', { seconds: '-1', nanos: 999_000_000 }],
    ['0001-01-01T00:00:00.000Z', { seconds: '-62135596800' }],
    ['9999-12-31T23:59:59.999Z', { seconds: '253402300799', nanos: 999_000_000 }],
  ])('is the date %s', (text, parts) => {
    expect(seenByOthers(type, new Date(text))).toEqual(parts);
    expect(readOfOthers(type, parts)).toEqual(new Date(text));
  });

  it('is read where ts-proto has it with negative nanos', () => {
    expect(readOfOthers(type, { seconds: 0, nanos: -1_000_000 })).toEqual(new Date(-1));
    expect(readOfOthers(type, { seconds: -3, nanos: -500_000_000 })).toEqual(new Date(-3500));
  });

  it('cuts off what is finer than a millisecond', () => {
    expect(readOfOthers(type, { seconds: 0, nanos: 999_999_999 })).toEqual(new Date(999));
  });

  it.each([new Date(Number.NaN), new Date('+010000-01-01T00:00:00Z'), '2026-01-02', 0, {}])(
    'is not written of %j',
    (value) => {
      const { ours } = pair(type);
      expect(thrownBy(() => ours.encode({ value }))).toBeInstanceOf(EncodeError);
    },
  );

  it.each([
    { seconds: '253402300800' },
    { seconds: '-62135596801' },
    { seconds: '-62135596800', nanos: -1 },
    { nanos: -1_000_000_000 },
    { nanos: 1_000_000_000 },
  ])('is not read of %j', (parts) => {
    expect(thrownBy(() => readOfOthers(type, parts))).toBeInstanceOf(DecodeError);
  });
});

describe('google.protobuf.Duration', () => {
  const type = 'google.protobuf.Duration';

  it.each([
    { seconds: 0, nanos: 0 },
    { seconds: 3, nanos: 1 },
    { seconds: -3, nanos: -999_999_999 },
    { seconds: 315_576_000_000, nanos: 0 },
  ])('is %j', (value) => {
    expect(readOfOthers(type, value)).toEqual(value);
    expect(readOfOthers(type, seenByOthers(type, value))).toEqual(value);
  });

  it.each([{ seconds: 1, nanos: -1 }, { seconds: 315_576_000_001, nanos: 0 }, { seconds: 1 }, 5, '1s'])(
    'is not %j',
    (value) => {
      const { ours } = pair(type);
      expect(thrownBy(() => ours.encode({ value }))).toBeInstanceOf(EncodeError);
    },
  );

  it('is not read with parts of different signs', () => {
    expect(thrownBy(() => readOfOthers(type, { seconds: 1, nanos: -1 }))).toBeInstanceOf(DecodeError);
  });
});

describe('wrappers', () => {
  const EDGES: Partial<Record<ScalarType, readonly unknown[]>> = {
    bool: [true, false],
    bytes: [Buffer.from([0, 255]), Buffer.alloc(0)],
    double: [0, -0, 1.5, Number.NaN, Infinity],
    float: [0, 0.5],
    int32: [0, -(2 ** 31), 2 ** 31 - 1],
    int64: ['0', '-9223372036854775808', '9223372036854775807'],
    string: ['', 'Ünïcödé 🎈'],
    uint32: [0, 2 ** 32 - 1],
    uint64: ['0', '18446744073709551615'],
  };

  it.each(Object.entries(WRAPPERS))('%s holds the value itself', (name, scalar) => {
    const { ours, theirs } = pair(name);
    for (const value of EDGES[scalar] ?? []) {
      const sent = ours.encode({ value });
      expect(ours.decode(sent)).toEqual({ value });
      // Present, whatever it holds.
      expect(theirs.toObject(theirs.decode(sent))).toHaveProperty('value');
      expect(ours.decode(theirs.encode(theirs.decode(sent)).finish())).toEqual({ value });
    }
    expect(ours.encode({ value: null })).toHaveLength(0);
    expect(ours.decode(Buffer.alloc(0))).toEqual({ value: undefined });
  });
});

it('google.protobuf.Any is a name and bytes', () => {
  const value = { typeUrl: 'type.googleapis.com/shop.v1.Order', value: Buffer.from([8, 1]) };
  const seen = { type_url: value.typeUrl, value: value.value };
  expect(seenByOthers('google.protobuf.Any', value)).toEqual(seen);
  expect(readOfOthers('google.protobuf.Any', seen)).toEqual(value);
});

it('google.protobuf.ListValue is an array of JSON values', () => {
  const value = [1, 'a', null, [true, {}], { b: [] }];
  const { ours, theirs } = pair('google.protobuf.ListValue');
  const sent = ours.encode({ value });
  expect(ours.decode(theirs.encode(theirs.decode(sent)).finish())).toEqual({ value });
  expect(thrownBy(() => ours.encode({ value: { a: 1 } }))).toMatchObject({
    message: 'M.value: expected array of JSON values, got Object',
  });
});

describe('a map', () => {
  const KEYS: Record<string, readonly string[]> = {
    bool: ['true', 'false'],
    string: ['', 'a b', '__proto__', 'constructor', '🎈'],
    int64: ['0', '-9223372036854775808'],
    uint64: ['18446744073709551615'],
  };

  it.each(MAP_KEYS)('has keys of the type %s', (key) => {
    const { ours, theirs } = pair(`map<${key}, string>`);
    const names = KEYS[key] ?? ['0', '1', '2147483647'];
    const value = Object.fromEntries(names.map((name, index) => [name, `v${index}`]));
    const sent = ours.encode({ value });
    expect(ours.decode(sent)).toEqual({ value });
    // protobufjs loses `__proto__`, and has its own texts for 64-bit keys.
    if (names.includes('__proto__') || key.endsWith('64')) return;
    expect(theirs.toObject(theirs.decode(sent))['value']).toEqual(value);
    expect(ours.decode(theirs.encode(theirs.decode(sent)).finish())).toEqual({ value });
  });

  it.each([
    ['int32', { a: 0, b: -5 }],
    ['bytes', { a: Buffer.from('x') }],
    ['Inner', { a: { text: 'x' }, b: { text: '' } }],
    ['Status.Enum', { a: 'draft' }],
    ['google.protobuf.Timestamp', { a: new Date(0) }],
    ['google.protobuf.Value', { a: null, b: [1] }],
  ])('has values of the type %s', (type, value) => {
    const { ours, theirs } = pair(`map<string, ${type}>`);
    const sent = ours.encode({ value });
    expect(ours.decode(sent)).toEqual({ value });
    expect(ours.decode(theirs.encode(theirs.decode(sent)).finish())).toEqual({ value });
  });

  it('is empty when nothing was sent, and takes the last of two entries with one key', () => {
    const { ours } = pair('map<string, int32>');
    expect(ours.decode(Buffer.alloc(0))).toEqual({ value: {} });
    const twice = Buffer.concat([ours.encode({ value: { a: 1 } }), ours.encode({ value: { a: 2, b: 3 } })]);
    expect(ours.decode(twice)).toEqual({ value: { a: 2, b: 3 } });
  });

  it('gives a value without one the zero of its type', () => {
    const entry = bytes((writer) => writer.uint32(10).fork().uint32(10).string('a').ldelim());
    expect(pair('map<string, int32>').ours.decode(entry)).toEqual({ value: { a: 0 } });
    expect(pair('map<string, Inner>').ours.decode(entry)).toEqual({ value: { a: { text: '' } } });
  });

  it.each([
    ['int32', { '1.0': 'x' }, 'M.value.1.0: expected int32, got "1.0"'],
    ['bool', { yes: 'x' }, 'M.value.yes: expected bool, got "yes"'],
    ['string', { a: 1 }, 'M.value.a: expected string, got 1'],
    ['string', new Map(), 'M.value: expected plain object, got Map'],
  ])('of %s says what does not fit', (key, value, text) => {
    const { ours } = pair(`map<${key}, string>`);
    expect(thrownBy(() => ours.encode({ value }))).toMatchObject({ message: text });
  });
});

describe('a oneof', () => {
  const part = (name: string, type: Parameters<typeof field>[1], number: number) => ({
    ...field(name, type, { number, cardinality: 'optional' }),
    oneof: 'contact',
    union: 'contact',
  });
  const fields = [
    part('email', 'string', 1),
    part('phone', 'int64', 2),
    part('inner', { kind: 'message', name: 'M' }, 3),
    field('id', 'int32', { number: 4 }),
  ];
  const ours = codecOf(fields);
  const theirs = protobuf
    .parse(printFile(file({ messages: [message('M', fields)], enums: [STATUS] }), SOCIO_STYLE))
    .root.lookupType('shop.v1.M');

  it.each([
    { case: 'email', value: '' },
    { case: 'phone', value: '9223372036854775807' },
    { case: 'inner', value: { contact: { case: 'email', value: 'a' }, id: 0 } },
  ])('is one property that says which member it holds: %j', (contact) => {
    const sent = ours.encode({ contact, id: 7 });
    expect(ours.decode(sent)).toEqual({ contact, id: 7 });
    const seen = theirs.decode(sent);
    expect(theirs.toObject(seen, { oneofs: true })).toHaveProperty('contact', contact.case);
    expect(ours.decode(theirs.encode(seen).finish())).toEqual({ contact, id: 7 });
  });

  it('is absent when no member is', () => {
    expect(ours.decode(ours.encode({ id: 7 }))).toEqual({ id: 7 });
    expect(ours.encode({ contact: null })).toHaveLength(0);
  });

  it('takes the last of two members, and merges a message with itself', () => {
    const both = bytes((writer) => writer.uint32(10).string('a').uint32(16).int64(5));
    expect(ours.decode(both)).toMatchObject({ contact: { case: 'phone', value: '5' } });
    const inner = (content: object) => ours.encode({ contact: { case: 'inner', value: content } });
    const merged = ours.decode(
      Buffer.concat([inner({ id: 3 }), inner({ contact: { case: 'email', value: 'x' } })]),
    );
    expect(merged).toMatchObject({
      contact: { case: 'inner', value: { id: 3, contact: { case: 'email', value: 'x' } } },
    });
  });

  it.each([
    [{ case: 'fax', value: '1' }, 'M.contact: expected { case, value } of email, phone, inner, got Object'],
    ['a@b.c', 'M.contact: expected { case, value } of email, phone, inner, got "a@b.c"'],
    [{ case: 'email' }, 'M.contact: expected value of "email", got undefined'],
    [{ case: 'email', value: 5 }, 'M.contact: expected string, got 5'],
  ])('refuses %j', (contact, text) => {
    expect(thrownBy(() => ours.encode({ contact }))).toMatchObject({ message: text });
  });
});

it('reads whatever bytes come without anything but a DecodeError', () => {
  const types = [...Object.keys(WRAPPERS), 'google.protobuf.Timestamp', 'google.protobuf.Duration'];
  const codecs = [...types, 'google.protobuf.ListValue', 'map<int32, Inner>'].map((type) => pair(type).ours);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(codecs.length - 1), (noise, index) => {
      const error = thrownBy(() => codecs[index]?.decode(Buffer.concat([Buffer.from([10]), noise])));
      expect(error === undefined || error instanceof DecodeError).toBe(true);
    }),
  );
});

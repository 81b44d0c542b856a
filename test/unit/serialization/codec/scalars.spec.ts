import { describe, expect, it } from 'vitest';
import type { ScalarType } from '../../../../lib/proto/descriptors.js';
import { DecodeError, EncodeError } from '../../../../lib/serialization/codec/index.js';
import { field } from '../../proto/descriptor-builders.js';
import { bytes, codecOf, hex, thrownBy } from './codec-builders.js';

const one = (type: ScalarType) => codecOf([field('x', type, { number: 1 })]);

describe('scalars', () => {
  it.each<[ScalarType, unknown, string]>([
    ['int32', 1, '0801'],
    ['int32', -1, '08ffffffffffffffffff01'],
    ['int32', 2147483647, '08ffffffff07'],
    ['int32', -2147483648, '0880808080f8ffffffff01'],
    ['uint32', 4294967295, '08ffffffff0f'],
    ['sint32', -2147483648, '08ffffffff0f'],
    ['sint32', 2147483647, '08feffffff0f'],
    ['fixed32', 4294967295, '0dffffffff'],
    ['sfixed32', -2, '0dfeffffff'],
    ['bool', true, '0801'],
    ['float', 1.5, '0d0000c03f'],
    ['float', -0, '0d00000080'],
    ['float', Infinity, '0d0000807f'],
    ['double', 0.1, '099a9999999999b93f'],
    ['double', -0, '090000000000000080'],
    ['double', NaN, '09000000000000f87f'],
    ['double', -Infinity, '09000000000000f0ff'],
    ['string', 'a', '0a0161'],
    ['string', 'ü€😀', '0a09c3bce282acf09f9880'],
    ['string', '\u0000', '0a0100'],
    ['string', '\uFFFD', '0a03efbfbd'],
    ['string', '\uFEFFbom', '0a06efbbbf626f6d'],
    ['bytes', Buffer.from([0, 255]), '0a0200ff'],
    ['int64', '1', '0801'],
    ['int64', '-1', '08ffffffffffffffffff01'],
    ['int64', '9223372036854775807', '08ffffffffffffffff7f'],
    ['int64', '-9223372036854775808', '0880808080808080808001'],
    ['int64', '9007199254740993', '088180808080808010'],
    ['int64', '4294967296', '088080808010'],
    ['int64', '-9007199254740992', '0880808080808080f0ff01'],
    ['uint64', '18446744073709551615', '08ffffffffffffffffff01'],
    ['sint64', '-9223372036854775808', '08ffffffffffffffffff01'],
    ['sint64', '9223372036854775807', '08feffffffffffffffff01'],
    ['sint64', '-1', '0801'],
    ['fixed64', '18446744073709551615', '09ffffffffffffffff'],
    ['fixed64', '4294967295', '09ffffffff00000000'],
    ['sfixed64', '-2', '09feffffffffffffff'],
    ['sfixed64', '-9223372036854775808', '090000000000000080'],
  ])('writes and reads %s %s', (type, value, expected) => {
    const codec = one(type);
    const encoded = codec.encode({ x: value });
    expect(hex(encoded)).toBe(expected);
    expect(codec.decode(encoded)).toEqual({ x: value });
  });

  it.each<[ScalarType, unknown]>([
    ['int32', 0],
    ['int32', -0],
    ['uint32', 0],
    ['double', 0],
    ['float', 0],
    ['bool', false],
    ['string', ''],
    ['bytes', Buffer.alloc(0)],
    ['int64', '0'],
    ['int64', 0n],
    ['uint64', 0],
  ])('does not write the zero of a singular %s: %s', (type, value) => {
    expect(one(type).encode({ x: value })).toHaveLength(0);
  });

  it.each<[ScalarType, unknown]>([
    ['int32', 0],
    ['double', 0],
    ['float', 0],
    ['bool', false],
    ['string', ''],
    ['bytes', Buffer.alloc(0)],
    ['int64', '0'],
    ['uint64', '0'],
    ['sint64', '0'],
    ['fixed64', '0'],
    ['sfixed64', '0'],
  ])('fills in the zero of a singular %s', (type, zero) => {
    expect(one(type).decode(Buffer.alloc(0))).toEqual({ x: zero });
  });

  it.each<[ScalarType, unknown, string]>([
    ['int32', 'x', 'M.x: expected int32, got "x"'],
    ['int32', '1', 'M.x: expected int32, got "1"'],
    ['int32', 1.5, 'M.x: expected int32, got 1.5'],
    ['int32', NaN, 'M.x: expected int32, got NaN'],
    ['int32', 2147483648, 'M.x: expected int32, got 2147483648'],
    ['int32', -2147483649, 'M.x: expected int32, got -2147483649'],
    ['int32', 1n, 'M.x: expected int32, got 1n'],
    ['int32', true, 'M.x: expected int32, got true'],
    ['uint32', -1, 'M.x: expected uint32, got -1'],
    ['uint32', 4294967296, 'M.x: expected uint32, got 4294967296'],
    ['sint32', 2147483648, 'M.x: expected sint32, got 2147483648'],
    ['fixed32', -1, 'M.x: expected fixed32, got -1'],
    ['sfixed32', 4294967295, 'M.x: expected sfixed32, got 4294967295'],
    ['float', 1e39, 'M.x: expected float, got 1e+39'],
    ['float', '1', 'M.x: expected float, got "1"'],
    ['double', '1.5', 'M.x: expected double, got "1.5"'],
    ['double', new Date(0), 'M.x: expected double, got Date'],
    ['bool', 1, 'M.x: expected bool, got 1'],
    ['bool', 'true', 'M.x: expected bool, got "true"'],
    ['string', 5, 'M.x: expected string, got 5'],
    ['string', new Date(0), 'M.x: expected string, got Date'],
    ['string', ['a'], 'M.x: expected string, got Array'],
    ['string', Object.create(null), 'M.x: expected string, got Object'],
    ['string', () => 'a', 'M.x: expected string, got a function'],
    ['string', Symbol('a'), 'M.x: expected string, got a symbol'],
    ['string', 'a\uD800', String.raw`M.x: expected string without lone surrogates, got "a\ud800"`],
    ['int32', 'x'.repeat(31), `M.x: expected int32, got "${'x'.repeat(30)}…"`],
    ['bytes', 'abc', 'M.x: expected Buffer or Uint8Array, got "abc"'],
    ['bytes', [1, 2], 'M.x: expected Buffer or Uint8Array, got Array'],
    ['int64', '01', 'M.x: expected int64 as decimal string, bigint or safe integer, got "01"'],
    ['int64', '-0', 'M.x: expected int64 as decimal string, bigint or safe integer, got "-0"'],
    ['int64', '1.5', 'M.x: expected int64 as decimal string, bigint or safe integer, got "1.5"'],
    ['int64', '', 'M.x: expected int64 as decimal string, bigint or safe integer, got ""'],
    ['int64', 2 ** 53, 'M.x: expected int64 as decimal string, bigint or safe integer, got 9007199254740992'],
    ['int64', '9223372036854775808', 'M.x: expected int64, got "9223372036854775808"'],
    ['int64', -9223372036854775809n, 'M.x: expected int64, got -9223372036854775809n'],
    ['uint64', '-1', 'M.x: expected uint64, got "-1"'],
    ['uint64', -1n, 'M.x: expected uint64, got -1n'],
    ['uint64', '18446744073709551616', 'M.x: expected uint64, got "18446744073709551616"'],
    ['fixed64', -1, 'M.x: expected fixed64, got -1'],
    ['sfixed64', 1n << 63n, 'M.x: expected sfixed64, got 9223372036854775808n'],
    ['sint64', 1n << 63n, 'M.x: expected sint64, got 9223372036854775808n'],
  ])('refuses %s: %s', (type, value, text) => {
    const error = thrownBy(() => one(type).encode({ x: value }));
    expect(error).toBeInstanceOf(EncodeError);
    expect(error).toMatchObject({ name: 'EncodeError', message: text, place: 'M.x' });
  });

  it.each<[unknown, string]>([
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [Number.MIN_SAFE_INTEGER, '-9007199254740991'],
    [9223372036854775807n, '9223372036854775807'],
    [-9223372036854775808n, '-9223372036854775808'],
    [1n, '1'],
    ['999999999999999', '999999999999999'],
    ['1000000000000000', '1000000000000000'],
    ['100000000000000001', '100000000000000001'],
    ['4300000007', '4300000007'],
  ])('takes int64 %s and gives a decimal string', (value, text) => {
    for (const type of ['int64', 'sint64', 'sfixed64'] as const) {
      const codec = one(type);
      expect(codec.decode(codec.encode({ x: value }))).toEqual({ x: text });
    }
  });

  it('writes a plain Uint8Array and reads a Buffer of its own', () => {
    const codec = one('bytes');
    const encoded = codec.encode({ x: new Uint8Array([1, 2]) });
    const { x } = codec.decode(encoded);
    encoded.fill(9);
    expect(x).toEqual(Buffer.from([1, 2]));
  });

  it('reads from a Uint8Array that starts inside its memory', () => {
    const memory = new Uint8Array([9, 9, 0x0a, 1, 0x61, 9]);
    expect(one('string').decode(memory.subarray(2, 5))).toEqual({ x: 'a' });
  });

  it('reads any varint but zero as true', () => {
    expect(one('bool').decode(bytes((writer) => writer.uint32(8).uint32(300)))).toEqual({ x: true });
  });

  it.each(['61ff', 'c0af', 'eda080', 'f4908080', 'e282', '61'.repeat(100) + 'ff'])(
    'refuses invalid UTF-8 %s',
    (text) => {
      const run = () =>
        one('string').decode(bytes((writer) => writer.uint32(10).bytes(Buffer.from(text, 'hex'))));
      expect(thrownBy(run)).toEqual(new DecodeError('M.x', 'invalid UTF-8'));
      expect(run).toThrow(DecodeError);
    },
  );

  it.each([1, 39, 40, 127, 128, 129, 16383, 16384, 100_000])('keeps a string of %i characters', (length) => {
    const codec = one('string');
    for (const x of ['a'.repeat(length), '€'.repeat(length)])
      expect(codec.decode(codec.encode({ x }))).toEqual({ x });
  });
});

import { describe, expect, it } from 'vitest';
import { field } from '../../proto/descriptor-builders.js';
import { bytes, codecOf, hex } from './codec-builders.js';

describe('optional fields', () => {
  const codec = codecOf([
    field('n', 'int32', { number: 1, cardinality: 'optional' }),
    field('s', 'string', { number: 2, cardinality: 'optional' }),
    field('m', { kind: 'message', name: 'M' }, { number: 3, cardinality: 'optional' }),
  ]);

  it('are written even when zero', () => {
    expect(hex(codec.encode({ n: 0, s: '', m: {} }))).toBe('080012001a00');
  });

  it.each([[{}], [{ n: undefined, s: undefined }], [{ n: null, s: null, m: null }]])(
    'are not written for %j',
    (value) => {
      expect(codec.encode(value)).toHaveLength(0);
    },
  );

  it('are own properties only when they were sent', () => {
    expect(Object.keys(codec.decode(codec.encode({ s: '' })))).toEqual(['s']);
    expect(Object.keys(codec.decode(Buffer.alloc(0)))).toEqual([]);
  });
});

describe('repeated fields', () => {
  const codec = codecOf([
    field('n', 'int32', { number: 1, cardinality: 'repeated' }),
    field('s', 'string', { number: 2, cardinality: 'repeated' }),
    field('d', 'fixed64', { number: 3, cardinality: 'repeated' }),
    field('m', { kind: 'message', name: 'M' }, { number: 4, cardinality: 'repeated' }),
    field('b', 'bool', { number: 200, cardinality: 'repeated' }),
  ]);
  const empty = { n: [], s: [], d: [], m: [], b: [] };

  it('are packed for numbers and one by one for the rest', () => {
    expect(hex(codec.encode({ n: [0, 300], s: ['', 'a'] }))).toBe('0a0300ac021200120161');
  });

  it.each([[{}], [{ n: null, s: undefined }], [{ n: [], s: [], d: [], m: [], b: [] }]])(
    'write nothing for %j',
    (value) => {
      expect(codec.encode(value)).toHaveLength(0);
    },
  );

  it('are arrays of their own when nothing was sent', () => {
    const first = codec.decode(Buffer.alloc(0));
    (first.n as number[]).push(1);
    expect(codec.decode(Buffer.alloc(0))).toEqual(empty);
  });

  it('are read packed, one by one and mixed', () => {
    const mixed = bytes((writer) =>
      writer
        .uint32(8)
        .int32(1)
        .uint32(10)
        .fork()
        .int32(2)
        .int32(-3)
        .ldelim()
        .uint32(8)
        .int32(4)
        .uint32(10)
        .uint32(0),
    );
    expect(codec.decode(mixed)).toEqual({ ...empty, n: [1, 2, -3, 4] });
  });

  it('round-trip long lists and high field numbers', () => {
    const value = {
      n: Array.from({ length: 1000 }, (_, index) => index - 500),
      s: ['a', 'b'],
      d: ['18446744073709551615', '0'],
      m: [{ ...empty, n: [1] }, empty],
      b: [true, false],
    };
    expect(codec.decode(codec.encode(value))).toEqual(value);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ n: [1, null] }, 'M.n[1]: expected int32, got null'],
    [{ n: [undefined] }, 'M.n[0]: expected int32, got undefined'],
    [{ n: 1 }, 'M.n: expected array, got 1'],
    [{ s: 'abc' }, 'M.s: expected array, got "abc"'],
    [{ s: ['a', null] }, 'M.s[1]: expected string, got null'],
    [{ m: [{}, null] }, 'M.m[1]: expected message M, got null'],
    [{ m: [{}, { n: ['x'] }] }, 'M.n[0]: expected int32, got "x"'],
    [{ n: new Set([1]) }, 'M.n: expected array, got Set'],
    // oxlint-disable-next-line no-sparse-arrays
    [{ n: [1, , 2] }, 'M.n[1]: expected int32, got undefined'],
  ])('refuse %j', (value, text) => {
    expect(() => codec.encode(value)).toThrow(text);
  });

  it('refuse a packed list that ends inside a value', () => {
    expect(() => codec.decode(Buffer.from('0a02018008', 'hex'))).toThrow('M.n: truncated message');
    expect(() => codec.decode(Buffer.from('1a0401020304', 'hex'))).toThrow('M.d: truncated message');
  });
});

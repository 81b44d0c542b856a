import { describe, expect, it } from 'vitest';
import type { Cardinality } from '../../../../lib/proto/descriptors.js';
import { UnknownEnumValue } from '../../../../lib/serialization/codec/index.js';
import { field } from '../../proto/descriptor-builders.js';
import { bytes, codecOf, hex, STATUS } from './codec-builders.js';

const one = (cardinality: Cardinality) =>
  codecOf([field('x', { kind: 'enum', name: 'Status.Enum' }, { number: 1, cardinality })]);

describe('enums', () => {
  it.each([
    ['draft', '0801'],
    ['published', '0802'],
    ['gone', '08ffffffffffffffffff01'],
  ])('write and read %s', (value, expected) => {
    expect(hex(one('singular').encode({ x: value }))).toBe(expected);
    expect(one('optional').decode(Buffer.from(expected, 'hex'))).toEqual({ x: value });
  });

  it('are undefined when singular and unspecified, sent or not', () => {
    expect(one('singular').decode(Buffer.alloc(0))).toStrictEqual({ x: undefined });
    expect(one('singular').decode(Buffer.from('0800', 'hex'))).toStrictEqual({ x: undefined });
  });

  it('are null when optional and sent as unspecified, absent when not sent', () => {
    expect(one('optional').decode(Buffer.from('0800', 'hex'))).toStrictEqual({ x: null });
    expect(one('optional').decode(Buffer.alloc(0))).toStrictEqual({});
  });

  it('keep unspecified items of a list as numbers', () => {
    const codec = one('repeated');
    const list = bytes((writer) => writer.uint32(10).fork().int32(1).int32(0).ldelim());
    expect(codec.decode(list)).toEqual({ x: ['draft', new UnknownEnumValue(0)] });
  });

  it('keep an unknown number', () => {
    expect(one('singular').decode(Buffer.from('0863', 'hex'))).toEqual({ x: new UnknownEnumValue(99) });
  });

  it.each([undefined, null])('are unset for %s', (x) => {
    expect(one('singular').encode({ x })).toHaveLength(0);
    expect(one('optional').encode({ x })).toHaveLength(0);
  });

  it('do not write a value whose number is 0 in a singular field, but in an optional one', () => {
    const colours = {
      ...STATUS,
      values: STATUS.values.with(0, {
        kind: 'enum-value',
        name: 'NONE',
        number: 0,
        value: 'none',
        comment: [],
      }),
    };
    const of = (cardinality: Cardinality) =>
      codecOf([field('x', { kind: 'enum', name: 'Status.Enum' }, { number: 1, cardinality })], [colours]);
    expect(of('singular').encode({ x: 'none' })).toHaveLength(0);
    expect(of('singular').decode(Buffer.alloc(0))).toEqual({ x: 'none' });
    expect(hex(of('optional').encode({ x: 'none' }))).toBe('0800');
  });

  it.each([
    ['other', 'M.x: expected Status.Enum (draft, published, gone), got "other"'],
    [1, 'M.x: expected Status.Enum (draft, published, gone), got 1'],
    [new UnknownEnumValue(9), 'M.x: expected Status.Enum (draft, published, gone), got UnknownEnumValue'],
  ])('refuse %s', (x, text) => {
    expect(() => one('singular').encode({ x })).toThrow(text);
  });
});

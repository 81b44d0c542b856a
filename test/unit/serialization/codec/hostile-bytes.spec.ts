import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCALAR_TYPES } from '../../../../lib/proto/descriptors.js';
import { DecodeError } from '../../../../lib/serialization/codec/index.js';
import { field } from '../../proto/descriptor-builders.js';
import { bytes, codecOf, thrownBy } from './codec-builders.js';

const codec = codecOf([
  field('id', 'int32', { number: 1 }),
  field('child', { kind: 'message', name: 'M' }, { number: 2 }),
  field('wide', 'int64', { number: 3 }),
  field('text', 'string', { number: 4 }),
  field('json', { kind: 'message', name: 'google.protobuf.Struct' }, { number: 5 }),
]);

function repeated(part: string, times: number): Buffer {
  return Buffer.from(part.repeat(times), 'hex');
}

/** One message inside the other, with the length of each. */
function nested(levels: number): Uint8Array {
  let inner: Uint8Array = Buffer.alloc(0);
  for (let level = 0; level < levels; level++) {
    const content = inner;
    inner = bytes((writer) => writer.uint32(18).bytes(content));
  }
  return inner;
}

describe('decoding hostile bytes', () => {
  it.each([
    ['a tag cut off', '80', 'M: truncated message'],
    ['a field without value', '08', 'M.id: truncated message'],
    ['a varint cut off', '08ff', 'M.id: truncated message'],
    ['a varint of eleven bytes', '08' + 'ff'.repeat(10) + '01', 'M.id: invalid varint'],
    ['a 64-bit varint cut off', '18ffffffffffff', 'M.wide: truncated message'],
    ['a 64-bit varint of eleven bytes', '18' + 'ff'.repeat(10) + '01', 'M.wide: invalid varint'],
    ['an unknown varint of eleven bytes', 'f801' + 'ff'.repeat(10) + '01', 'M: invalid varint'],
    ['a string longer than the message', '220561', 'M.text: truncated message'],
    ['a message longer than its parent', '120508', 'M.child: truncated message'],
    ['an unknown string longer than its message', '12020a05', 'M: truncated message'],
    ['a child that reads into its parent', '120222050801', 'M.text: truncated message'],
    ['a length above 2 GiB', '22ffffffff0f', 'M.text: invalid length'],
    ['a length near 2 GiB', '22ffffffff07', 'M.text: truncated message'],
    ['tag 0', '00', 'M: invalid tag'],
    ['field number 0', '0201', 'M: invalid tag'],
    ['a tag of more than 32 bits', 'ffffffffff01', 'M: invalid tag'],
    ['wire type 6', '0e', 'M: invalid tag'],
    ['wire type 7', '0f', 'M: invalid tag'],
    ['the end of no group', '0c', 'M: invalid tag'],
    ['a group without end', 'f3010801', 'M: truncated message'],
    ['a group with the end of another', 'f301fc01', 'M: invalid tag'],
    ['unknown fixed bytes cut off', 'f901010203', 'M: truncated message'],
    ['unknown bytes cut off', 'fa0105', 'M: truncated message'],
    ['a map entry longer than its map', '2a020a05', 'M.json: truncated message'],
  ])('refuses %s', (_what, input, text) => {
    const error = thrownBy(() => codec.decode(Buffer.from(input, 'hex')));
    expect(error).toBeInstanceOf(DecodeError);
    expect((error as DecodeError).message).toBe(text);
  });

  it('skips unknown fields of every wire type', () => {
    const unknown = bytes((writer) =>
      writer
        .uint32(240)
        .uint32(5)
        .uint32(241)
        .fixed32(1)
        .fixed32(2)
        .uint32(242)
        .string('abc')
        .uint32(245)
        .fixed32(1),
    );
    const group = Buffer.from('f3010801fb01fc01f401', 'hex');
    const known = Buffer.from('0807', 'hex');
    expect(codec.decode(Buffer.concat([unknown, known, group]))).toMatchObject({ id: 7 });
  });

  it('skips a known field of another wire type', () => {
    expect(codec.decode(Buffer.from('0d010203040a01612001', 'hex'))).toMatchObject({
      id: 0,
      text: '',
    });
  });

  it('reads 100 levels and refuses 101', () => {
    expect(() => codec.decode(nested(100))).not.toThrow();
    expect(() => codec.decode(nested(101))).toThrow('M.child: nested deeper than 100 levels');
  });

  it('refuses groups nested deeper than 100 levels without overflowing the stack', () => {
    expect(() => codec.decode(repeated('f301', 100_000))).toThrow('M: nested deeper than 100 levels');
  });

  it('refuses a Struct nested deeper than 100 levels', () => {
    let inner: Uint8Array = Buffer.alloc(0);
    for (let level = 0; level < 60; level++) {
      const content = inner;
      inner = bytes((w) => w.uint32(50).fork().uint32(10).bytes(content).ldelim());
    }
    const value = codecOf([field('x', { kind: 'message', name: 'google.protobuf.Value' }, { number: 1 })]);
    expect(() => value.decode(bytes((w) => w.uint32(10).bytes(inner)))).toThrow(
      'M.x: nested deeper than 100 levels',
    );
  });

  it('gives a message or a DecodeError for any bytes', () => {
    const all = codecOf([
      ...SCALAR_TYPES.flatMap((type, index) => [
        field(`${type}_one`, type, { number: index + 1 }),
        field(`${type}_many`, type, { number: index + 16, cardinality: 'repeated' as const }),
      ]),
      field('child', { kind: 'message', name: 'M' }, { number: 31 }),
      field('status', { kind: 'enum', name: 'Status.Enum' }, { number: 32 }),
      field('json', { kind: 'message', name: 'google.protobuf.Struct' }, { number: 33 }),
      field('any', { kind: 'message', name: 'google.protobuf.Value' }, { number: 34 }),
    ]);
    // Small bytes are likely tags and lengths, so that the garbage gets further than the first field.
    const garbage = fc.array(fc.oneof(fc.nat(255), fc.nat(40), fc.constantFrom(138, 146, 2, 10)), {
      maxLength: 60,
    });
    let decoded = 0;
    fc.assert(
      fc.property(garbage, (input) => {
        const error = thrownBy(() => all.decode(Buffer.from(input)));
        if (error === undefined) decoded++;
        else expect(error).toBeInstanceOf(DecodeError);
      }),
      { numRuns: 10_000 },
    );
    expect(decoded).toBeGreaterThan(100);
  });

  it('gives a message or a DecodeError for every cut of a real one', () => {
    const child = { id: -1, wide: '-5', text: 'ü€😀'.repeat(40), json: { a: [1, { b: 'c' }] } };
    const whole = codec.encode({ ...child, child });
    for (let length = 0; length < whole.length; length++) {
      const error = thrownBy(() => codec.decode(whole.subarray(0, length)));
      if (error !== undefined) expect(error).toBeInstanceOf(DecodeError);
    }
  });
});

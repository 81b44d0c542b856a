import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCodecs, EncodeError } from '../../../../lib/serialization/codec/index.js';
import { field, file } from '../../proto/descriptor-builders.js';
import { bytes, codecOf, hex, thrownBy } from './codec-builders.js';

const struct = codecOf([field('x', { kind: 'message', name: 'google.protobuf.Struct' }, { number: 1 })]);
const value = codecOf([field('x', { kind: 'message', name: 'google.protobuf.Value' }, { number: 1 })]);
const values = codecOf([
  field('x', { kind: 'message', name: 'google.protobuf.Value' }, { number: 1, cardinality: 'repeated' }),
]);

class Settings {
  constructor(readonly theme: string) {}
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

describe('google.protobuf.Struct', () => {
  it('is a map of values on the wire', () => {
    const codec = compileCodecs(file()).get('google.protobuf.Struct');
    expect(hex(codec.encode({ a: null }))).toBe('0a070a016112020800');
  });

  it.each([
    [{}],
    [{ a: null, b: 1.5, c: 'ü', d: true, e: false, f: [], g: {} }],
    [{ '': '', nested: { list: [1, 'a', null, [true], { x: {} }] } }],
    [{ constructor: 1, toString: 'x', hasOwnProperty: null, toJSON: 1 }],
    [{ negativeZero: -0 }],
  ])('round-trips %j', (x) => {
    expect(struct.decode(struct.encode({ x }))).toStrictEqual({ x });
  });

  it('round-trips any JSON object', () => {
    const json = fc.dictionary(
      fc.string({ unit: 'grapheme' }),
      fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }),
    );
    fc.assert(
      fc.property(json, (x) => {
        expect(struct.decode(struct.encode({ x }))).toEqual({ x: { ...x } });
      }),
    );
  });

  it('keeps a key "__proto__" as an own property', () => {
    const x: unknown = JSON.parse('{"__proto__": {"admin": true}, "a": {"__proto__": 1}}');
    const decoded = struct.decode(struct.encode({ x })).x as object;
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(JSON.stringify(decoded)).toBe('{"__proto__":{"admin":true},"a":{"__proto__":1}}');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('takes objects without prototype and instances of plain classes', () => {
    const bare: unknown = Object.assign(Object.create(null), { a: 1 });
    const x = { bare, settings: new Settings('dark') };
    expect(struct.decode(struct.encode({ x }))).toEqual({
      x: { bare: { a: 1 }, settings: { theme: 'dark' } },
    });
  });

  it('leaves out members that are undefined', () => {
    expect(struct.decode(struct.encode({ x: { a: undefined, b: 1 } }))).toStrictEqual({ x: { b: 1 } });
  });

  it('merges a second occurrence, the later member wins', () => {
    const twice = Buffer.concat([struct.encode({ x: { a: 1, b: 1 } }), struct.encode({ x: { b: 2, c: 2 } })]);
    expect(struct.decode(twice)).toEqual({ x: { a: 1, b: 2, c: 2 } });
  });

  it.each<[unknown, string]>([
    [{ a: NaN }, 'M.x.a: expected JSON value, got NaN'],
    [{ a: [1, Infinity] }, 'M.x.a[1]: expected JSON value, got Infinity'],
    [{ a: { b: 1n } }, 'M.x.a.b: expected JSON value, got 1n'],
    [{ a: new Date(0) }, 'M.x.a: expected JSON value, got Date'],
    [{ a: [undefined] }, 'M.x.a[0]: expected JSON value, got undefined'],
    [{ a: new Map() }, 'M.x.a: expected JSON value, got Map'],
    [{ a: Promise.resolve(1) }, 'M.x.a: expected JSON value, got Promise'],
    [{ a: Buffer.from('a') }, 'M.x.a: expected JSON value, got Buffer'],
    [{ a: () => 1 }, 'M.x.a: expected JSON value, got a function'],
    [{ ['k'.repeat(40)]: 1n }, `M.x.${'k'.repeat(30)}…: expected JSON value, got 1n`],
    [{ a: '\uDC00' }, String.raw`M.x.a: expected string without lone surrogates, got "\udc00"`],
    [[1], 'M.x: expected plain object, got Array'],
    ['a', 'M.x: expected plain object, got "a"'],
    [new Date(0), 'M.x: expected plain object, got Date'],
  ])('refuses %#', (x, text) => {
    const error = thrownBy(() => struct.encode({ x }));
    expect(error).toBeInstanceOf(EncodeError);
    expect((error as Error).message).toBe(text);
  });

  it('refuses a circle', () => {
    const circle: Record<string, unknown> = {};
    circle.a = circle;
    expect(() => struct.encode({ x: circle })).toThrow(/^M\.x(\.a)+: nested deeper than 100 levels$/);
  });

  it('refuses invalid UTF-8 in keys and values', () => {
    const key = bytes((w) =>
      w
        .uint32(10)
        .fork()
        .uint32(10)
        .fork()
        .uint32(10)
        .bytes(Buffer.from([255]))
        .ldelim()
        .ldelim(),
    );
    expect(() => struct.decode(key)).toThrow('M.x: invalid UTF-8');
    expect(() => value.decode(Buffer.from('0a031a01ff', 'hex'))).toThrow('M.x: invalid UTF-8');
  });
});

describe('google.protobuf.Value', () => {
  it.each([[null], [0], [''], [false], [1.25], ['a'], [true], [[]], [{}], [[1, [null], { a: 'b' }]]])(
    'round-trips %j alone and in a list',
    (x) => {
      expect(value.decode(value.encode({ x }))).toStrictEqual({ x });
      expect(values.decode(values.encode({ x: [x, x] }))).toStrictEqual({ x: [x, x] });
    },
  );

  it('is undefined when unset and null without a kind', () => {
    expect(value.encode({ x: undefined })).toHaveLength(0);
    expect(value.decode(Buffer.alloc(0))).toStrictEqual({ x: undefined });
    expect(value.decode(Buffer.from('0a00', 'hex'))).toStrictEqual({ x: null });
  });

  it('merges equal kinds and replaces others', () => {
    const merged = (first: unknown, second: unknown) =>
      value.decode(Buffer.concat([value.encode({ x: first }), value.encode({ x: second })])).x;
    expect(merged([1], [2])).toEqual([1, 2]);
    expect(merged({ a: 1 }, { b: 2 })).toEqual({ a: 1, b: 2 });
    expect(merged({ a: 1 }, [2])).toEqual([2]);
    expect(merged([1], { a: 1 })).toEqual({ a: 1 });
    expect(merged('a', null)).toBeNull();
  });

  it('refuses NaN from the wire', () => {
    const nan = bytes((writer) => writer.uint32(10).fork().uint32(17).double(NaN).ldelim());
    expect(() => value.decode(nan)).toThrow('M.x: NaN and Infinity are no JSON numbers');
  });

  it('reads what it writes up to 100 levels', () => {
    // One list is two messages: ListValue and Value.
    expect(value.decode(value.encode({ x: nested(49) }))).toEqual({ x: nested(49) });
    expect(() => value.encode({ x: nested(50) })).toThrow(/^M\.x(\[0\])+: nested deeper than 100 levels$/);
  });
});

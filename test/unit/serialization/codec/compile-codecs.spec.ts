import { BufferReader, BufferWriter } from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { compileCodecs, EncodeError } from '../../../../lib/serialization/codec/index.js';
import { field, file, message } from '../../proto/descriptor-builders.js';
import { bytes, codecOf, hex, thrownBy } from './codec-builders.js';

const tree = codecOf([
  field('id', 'int32', { number: 1 }),
  field('child', { kind: 'message', name: 'M' }, { number: 2 }),
  field('children', { kind: 'message', name: 'M' }, { number: 3, cardinality: 'repeated' }),
]);

function chain(levels: number): Record<string, unknown> {
  return levels === 0 ? { id: 1 } : { child: chain(levels - 1) };
}

class Base {
  get id(): number {
    return 7;
  }
}

class Derived extends Base {
  extra = 'ignored';
}

describe('compileCodecs', () => {
  it('gives the codecs of the file and of well-known messages', () => {
    const codecs = compileCodecs(file({ messages: [message('A')] }));
    expect(codecs.get('A').name).toBe('A');
    expect(codecs.get('google.protobuf.Empty').encode({ a: 1 })).toHaveLength(0);
    expect(codecs.get('google.protobuf.Empty').decode(Buffer.from('0801', 'hex'))).toStrictEqual({});
    expect(codecs.get('google.protobuf.Struct').decode(Buffer.alloc(0))).toStrictEqual({});
    expect(codecs.get('google.protobuf.Value').decode(Buffer.from('2001', 'hex'))).toBe(true);
  });

  it('names a message that is not there', () => {
    expect(() => compileCodecs(file()).get('Nope')).toThrow(
      'there is no message "Nope" in package "shop.v1"',
    );
  });

  it.each([
    [
      field('x', { kind: 'message', name: 'N' }, { number: 1 }),
      'M.x: there is no message "N" in package "shop.v1"',
    ],
    [
      field('x', { kind: 'enum', name: 'E' }, { number: 1 }),
      'M.x: there is no enum "E" in package "shop.v1"',
    ],
    [field('x'), 'M.x: the field has no number. Number the file before compiling it.'],
    [field('__proto__', 'string', { number: 1 }), 'M.__proto__: a property cannot be called "__proto__".'],
  ])('refuses a field that cannot work %#', (broken, text) => {
    expect(() => codecOf([broken])).toThrow(text);
  });

  it('reads properties by their JavaScript name and reports the name of the contract', () => {
    const codec = codecOf([{ ...field('pub_date', 'string', { number: 1 }), property: 'pubDate' }]);
    expect(hex(codec.encode({ pubDate: 'a' }))).toBe('0a0161');
    expect(() => codec.encode({ pubDate: 1 })).toThrow('M.pub_date: expected string, got 1');
  });

  it('works without its object', () => {
    const { encode, decode } = tree;
    expect(decode(encode({ id: 1 }))).toMatchObject({ id: 1 });
  });

  it('writes into a writer and reads a part of a reader', () => {
    const writer = new BufferWriter();
    writer.fork();
    tree.write(writer, { id: 5 });
    writer.ldelim().uint32(99);
    const reader = new BufferReader(writer.finish());
    expect(tree.read(reader, reader.size(), 0)).toMatchObject({ id: 5 });
    expect(reader.uint32()).toBe(99);
    expect(() => tree.write(writer, undefined as never)).toThrow(
      new EncodeError('M', 'expected message M, got undefined'),
    );
  });
});

describe('a message', () => {
  it('gives undefined for a singular message that was not sent', () => {
    expect(tree.decode(Buffer.alloc(0))).toStrictEqual({ id: 0, child: undefined, children: [] });
  });

  it('keeps an empty message apart from none', () => {
    expect(hex(tree.encode({ child: {} }))).toBe('1200');
    expect(tree.decode(Buffer.from('1200', 'hex')).child).toEqual({ id: 0, child: undefined, children: [] });
  });

  it('reads getters and inherited properties and ignores the rest', () => {
    expect(hex(tree.encode(new Derived() as never))).toBe('0807');
  });

  it('lets a getter encode another message meanwhile', () => {
    const value = {
      id: 1,
      get child() {
        return tree.decode(tree.encode({ id: 2 }));
      },
    };
    expect(hex(tree.encode(value))).toBe('080112020802');
  });

  it('goes on after an error', () => {
    expect(() => tree.encode({ child: { child: { id: 'x' } } })).toThrow('M.id: expected int32, got "x"');
    expect(hex(tree.encode({ id: 1 }))).toBe('0801');
  });

  it('gives buffers that later calls do not touch', () => {
    const first = tree.encode({ id: 1 });
    tree.encode({ id: 2 });
    expect(hex(first)).toBe('0801');
  });

  it('passes errors of getters on as they are', () => {
    const error = new RangeError('mine');
    const value = {
      get id(): number {
        throw error;
      },
    };
    expect(thrownBy(() => tree.encode(value))).toBe(error);
  });

  it.each<[unknown, string]>([
    [undefined, 'M: expected message M, got undefined'],
    [null, 'M: expected message M, got null'],
    [3, 'M: expected message M, got 3'],
    [[], 'M: expected message M, got Array'],
    [Promise.resolve({}), 'M: expected message M, got Promise'],
    [new Date(0), 'M: expected message M, got Date'],
    [{ child: 3 }, 'M.child: expected message M, got 3'],
    [{ child: Promise.resolve({}) }, 'M.child: expected message M, got Promise'],
    [{ children: [new Map()] }, 'M.children[0]: expected message M, got Map'],
  ])('refuses %j', (value, text) => {
    expect(thrownBy(() => tree.encode(value as never))).toMatchObject({ name: 'EncodeError', message: text });
  });

  it('nests up to 100 levels both ways', () => {
    expect(tree.decode(tree.encode(chain(100)))).toMatchObject(chain(100));
    expect(() => tree.encode(chain(101))).toThrow('M.child: nested deeper than 100 levels');
  });

  it('refuses a circle', () => {
    const circle: Record<string, unknown> = {};
    circle.child = circle;
    expect(() => tree.encode(circle)).toThrow('M.child: nested deeper than 100 levels');
  });

  it('takes fields in any order, the last scalar wins', () => {
    const twice = bytes((w) => w.uint32(26).uint32(0).uint32(8).int32(1).uint32(8).int32(2));
    expect(tree.decode(twice)).toMatchObject({ id: 2, children: [{ id: 0 }] });
  });

  it('merges occurrences of a singular message', () => {
    const parts = [{ child: { id: 1, children: [{ id: 2 }] } }, { child: { children: [{ id: 3 }] } }];
    const merged = tree.decode(Buffer.concat(parts.map((part) => tree.encode(part))));
    expect(merged).toMatchObject({ child: { id: 1, children: [{ id: 2 }, { id: 3 }] } });
  });

  it('survives fields named like what every object inherits', () => {
    const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
    const codec = codecOf([
      ...names.map((name, index) => field(name, 'string', { number: index + 1, cardinality: 'optional' })),
      field('isPrototypeOf', { kind: 'message', name: 'M' }, { number: 9, cardinality: 'optional' }),
    ]);
    expect(codec.encode({})).toHaveLength(0);
    const value = { constructor: 'a', toString: 'b', isPrototypeOf: { valueOf: 'c' } };
    expect({ ...codec.decode(codec.encode(value)) }).toEqual(value);
  });
});

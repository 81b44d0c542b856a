/**
 * One message between its JavaScript object and bytes. What can be decided once is: the loops below only
 * walk arrays of closures, and look tags up in a table.
 */
import { types } from 'node:util';
import type { BufferReader, BufferWriter } from 'protobufjs/minimal.js';
import { mapTypesOf, type FieldDescriptor, type MessageDescriptor } from '../../proto/descriptors.js';
import { decodeErrorAt, encodeErrorAt, MAX_DEPTH, Mismatch, TOO_DEEP } from './errors.js';
import { fieldReaders, fieldWriter, type FieldReader, type FieldWriter } from './fields.js';
import { enter, skipField } from './frames.js';
import { mapField, type MapField, type MapKeyType } from './maps.js';
import { WrittenMessage, type FieldLayout, type MessageLayout } from './layout.js';
import { memberReader, unionWriter } from './oneofs.js';
import type { ValueCodec, WireCodec } from './value-codec.js';

interface TagReader {
  readonly place: string;
  readonly read: FieldReader;
}

/** Gives the codec of a field's type, of a map's values, or throws when the file has no such type. */
export type Resolve = (field: FieldDescriptor) => ValueCodec;

/** A message whose fields are not known yet, so that messages can contain each other. */
export interface DeclaredMessage extends WireCodec {
  readonly layout: MessageLayout;
  /** Must be called once before the first value is written or read. */
  readonly link: (resolve: Resolve) => void;
}

/** What the fields of a message are written and read with. */
interface CompiledMessage {
  readonly fields: readonly FieldLayout[];
  readonly readerOf: (tag: number) => TagReader | undefined;
  /** A message that nothing was read into yet. */
  readonly blank: () => Record<string, unknown>;
}

/**
 * Declares the codec of a message; it works as soon as it is linked. What cannot be linked is found then, while its
 * closures are made when the message is first written or read: of thousands most wait long for it.
 */
export function declareMessage({ name, fields }: MessageDescriptor): DeclaredMessage {
  let compiled = (): CompiledMessage => {
    throw new Error(`${name} is not linked`);
  };
  const layout: MessageLayout = {
    name,
    get fields() {
      return compiled().fields;
    },
  };

  function link(resolve: Resolve): void {
    for (const field of fields) {
      assertUsable(name, field);
      resolve(field);
    }
    let known: CompiledMessage | undefined;
    compiled = () => (known ??= compileFields(name, fields, resolve));
  }

  function write(writer: BufferWriter, value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) throw new Mismatch(TOO_DEEP);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw Mismatch.expected(`message ${name}`, value);
    if (value instanceof WrittenMessage) return value.write(writer, layout, depth);
    const start = writer.pos;
    let place = name;
    try {
      for (const field of compiled().fields) {
        place = field.place;
        const member = (value as Record<string, unknown>)[field.property];
        if (member !== undefined) field.write(writer, member, depth);
      }
    } catch (error) {
      throw encodeErrorAt(place, error);
    }
    if (writer.pos === start && isForeign(value)) throw Mismatch.expected(`message ${name}`, value);
  }

  function read(reader: BufferReader, length: number, depth: number, earlier?: unknown): unknown {
    const { readerOf, blank } = compiled();
    const message = (earlier as Record<string, unknown> | undefined) ?? blank();
    const outer = enter(reader, length, depth);
    let place = name;
    try {
      while (reader.pos < reader.len) {
        place = name;
        const tag = reader.tag();
        const field = readerOf(tag);
        if (field === undefined) skipField(reader, tag, depth);
        else {
          place = field.place;
          field.read(reader, message, depth);
        }
      }
    } catch (error) {
      throw decodeErrorAt(place, error);
    }
    reader.len = outer;
    return message;
  }

  return { name, layout, link, write, read };
}

function compileFields(name: string, fields: readonly FieldDescriptor[], resolve: Resolve): CompiledMessage {
  const compiled: FieldLayout[] = [];
  const empty: Record<string, unknown> = {};
  const lists: string[] = [];
  const maps: string[] = [];
  const readers: [number, TagReader][] = [];
  const unions = new Map<string, Map<string, FieldWriter>>();
  for (const field of fields) {
    const place = `${name}.${field.name}`;
    const codec = resolve(field);
    const { property, cardinality, union } = field;
    const map = mapOf(field, codec);
    if (map) {
      compiled.push({ place, property, field, write: guarded(field, map.write), message: undefined });
      maps.push(property);
      readers.push([map.tag, { place, read: map.read }]);
    } else if (union !== undefined) {
      const members = unions.get(union) ?? new Map<string, FieldWriter>();
      if (!unions.has(union)) {
        compiled.push({
          place: `${name}.${field.oneof ?? union}`,
          property: union,
          field: undefined,
          message: undefined,
          write: unionWriter(members),
        });
        unions.set(union, members);
      }
      members.set(property, fieldWriter(field, codec));
      for (const [tag] of fieldReaders(field, codec))
        readers.push([tag, { place, read: memberReader(union, property, codec) }]);
    } else {
      const { message } = codec;
      compiled.push({ place, property, field, write: guarded(field, fieldWriter(field, codec)), message });
      if (cardinality !== 'optional') empty[property] = codec.zero;
      if (cardinality === 'repeated') lists.push(property);
      for (const [tag, read] of fieldReaders(field, codec)) readers.push([tag, { place, read }]);
    }
  }
  return { fields: compiled, readerOf: tagTable(readers), blank: () => blankMessage(empty, lists, maps) };
}

/** Three times as fast as filling an empty object: V8 copies a literal's shape at once. */
function blankMessage(
  blank: Record<string, unknown>,
  lists: readonly string[],
  maps: readonly string[],
): Record<string, unknown> {
  const message = { ...blank };
  for (const property of lists) message[property] = [];
  for (const property of maps) message[property] = {};
  return message;
}

function assertUsable(message: string, { name, number, property }: FieldDescriptor): void {
  if (number < 1)
    throw new Error(`${message}.${name}: the field has no number. Number the file before compiling it.`);
  // Assigning to it would change the message's prototype.
  if (property === '__proto__')
    throw new Error(`${message}.${name}: a property cannot be called "__proto__".`);
}

/** A field called `constructor` or `to_string` must not find what every object inherits. */
function guarded({ property }: FieldDescriptor, write: FieldWriter): FieldWriter {
  if (!(property in Object.prototype)) return write;
  return (writer, value, depth) => {
    if (typeof value !== 'function') write(writer, value, depth);
  };
}

/** Tags below this, field numbers up to 127, are looked up in an array. */
const TABLE_SIZE = 1024;

function tagTable(
  readers: readonly (readonly [number, TagReader])[],
): (tag: number) => TagReader | undefined {
  if (readers.some(([tag]) => tag >= TABLE_SIZE)) {
    const byTag = new Map(readers);
    return (tag) => byTag.get(tag);
  }
  const size = readers.reduce((most, [tag]) => Math.max(most, tag + 1), 0);
  const table: (TagReader | undefined)[] = Array.from({ length: size }, () => undefined);
  for (const [tag, reader] of readers) table[tag] = reader;
  return (tag) => (tag < size ? table[tag] : undefined);
}

function mapOf({ type, property, number }: FieldDescriptor, codec: ValueCodec): MapField | undefined {
  const types = type.kind === 'message' ? mapTypesOf(type.name) : undefined;
  return types && mapField({ property, number, key: types.key as MapKeyType }, codec);
}

/** Objects that hold no fields; a forgotten `await` would otherwise be sent as an empty message. */
function isForeign(value: object): boolean {
  return (
    types.isPromise(value) ||
    types.isDate(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    ArrayBuffer.isView(value)
  );
}

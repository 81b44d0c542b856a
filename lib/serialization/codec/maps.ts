/**
 * Fields of the type `map<string, int32>`: plain objects. On the wire each entry is a message with the key as field 1
 * and the value as field 2. See https://protobuf.dev/programming-guides/encoding/#maps.
 */
import { BufferReader, type BufferWriter } from 'protobufjs/minimal.js';
import type { ScalarType } from '../../proto/descriptors.js';
import { echoed, Mismatch, within } from './errors.js';
import { tagOf, type FieldReader, type FieldWriter } from './fields.js';
import { enter, skipField } from './frames.js';
import { isJsonObject, setMember } from './json-values.js';
import { SCALARS } from './scalars.js';
import { DELIMITED, type ValueCodec } from './value-codec.js';

/** What may be a key; in JavaScript all of them are texts. */
export type MapKeyType = Exclude<ScalarType, 'double' | 'float' | 'bytes'>;

export interface MapShape {
  readonly property: string;
  readonly number: number;
  readonly key: MapKeyType;
}

export interface MapField {
  readonly write: FieldWriter;
  readonly tag: number;
  readonly read: FieldReader;
}

export function mapField({ property, number, key }: MapShape, value: ValueCodec): MapField {
  const keys = SCALARS[key];
  const tag = tagOf(number, DELIMITED);
  const keyTag = (1 << 3) | keys.wireType;
  const valueTag = (2 << 3) | value.wireType;
  const toKey = keyReader(key);

  function writeEntry(writer: BufferWriter, name: string, member: unknown, depth: number): void {
    writer.uint32(tag).fork();
    keys.write(writer.uint32(keyTag) as BufferWriter, toKey(name), depth);
    value.write(writer.uint32(valueTag) as BufferWriter, member, depth + 1);
    writer.ldelim();
  }

  const write: FieldWriter = (writer, map, depth) => {
    if (map === null) return;
    if (!isJsonObject(map)) throw Mismatch.expected('plain object', map);
    for (const name of Object.keys(map)) {
      const member = map[name];
      if (member === undefined) continue;
      try {
        writeEntry(writer, name, member, depth);
      } catch (error) {
        throw within(`.${echoed(name)}`, error);
      }
    }
  };

  const read: FieldReader = (reader, message, depth) => {
    let name: unknown = keys.zero;
    let member: unknown;
    const outer = enter(reader, reader.size(), depth + 1);
    while (reader.pos < reader.len) {
      const inner = reader.tag();
      if (inner === keyTag) name = keys.read(reader, depth, undefined);
      else if (inner === valueTag) member = value.read(reader, depth + 1, member);
      else skipField(reader, inner, depth);
    }
    reader.len = outer;
    setMember(message[property] as Record<string, unknown>, String(name), member ?? unset(value, member));
  };

  return { write, tag, read };
}

/** An entry without a value has the zero of its type; that of a message has no fields. */
function unset(codec: ValueCodec, member: unknown): unknown {
  if (member === null && codec.nullable) return null;
  if (codec.zero !== undefined || codec.wireType !== DELIMITED) return codec.zero;
  return codec.read(new BufferReader(Buffer.alloc(1)), 0, undefined);
}

function keyReader(type: MapKeyType): (name: string) => unknown {
  if (type === 'string' || type.endsWith('64')) return (name) => name;
  if (type === 'bool') return (name) => (name === 'true' ? true : name === 'false' ? false : name);
  // "1.0" and "" would be numbers too, and two names one key.
  return (name) => (String(Number(name)) === name ? Number(name) : name);
}

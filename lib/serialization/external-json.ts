/**
 * Messages of other people as columns of JSON keep them -> as the codec takes them. Everything is the same, but JSON has
 * texts where the message has moments and bytes.
 */
import { mapTypesOf, type FieldDescriptor, type MessageDescriptor } from '../proto/descriptors.js';
import type { ForeignFiles } from '../proto/foreign-files.js';
import { withFullNames } from '../proto/imports.js';
import { toBytes, type ToMessage } from './values.js';

type Json = Readonly<Record<string, unknown>>;

interface Member {
  readonly field: FieldDescriptor;
  readonly convert: ToMessage;
}

export class ExternalJson {
  private messages: ReadonlyMap<string, MessageDescriptor> = new Map();
  private readonly known = new Map<string, readonly Member[]>();

  constructor(private readonly foreign: ForeignFiles) {}

  /** Reads a message of that name; what is no object stays what it is, for the codec to refuse. */
  reader(name: string): ToMessage {
    return (value) => (isObject(value) ? this.read(this.membersOf(name), value) : value);
  }

  private read(members: readonly Member[], json: Json): unknown {
    if (members.length === 0) return json;
    const message: Record<string, unknown> = { ...json };
    for (const { field, convert } of members) {
      const { property, union = property } = field;
      const value = message[union];
      if (value === null || value === undefined) continue;
      if (union === property) message[property] = convertAll(field, convert, value);
      else if (isObject(value) && value['case'] === property)
        message[union] = { ...value, value: convert(value['value']) };
    }
    return message;
  }

  /** The fields that are not as JSON has them, in which such fields are included. */
  private membersOf(name: string): readonly Member[] {
    const known = this.known.get(name);
    if (known) return known;
    if (this.messages.size === 0) this.messages = this.all();
    const members: Member[] = [];
    // Messages may contain themselves.
    this.known.set(name, members);
    for (const field of this.messages.get(name)?.fields ?? []) {
      const convert = this.converterOf(field);
      if (convert) members.push({ field, convert });
    }
    return members;
  }

  private converterOf({ type }: FieldDescriptor): ToMessage | undefined {
    const name = type.kind === 'scalar' ? type.scalar : (mapTypesOf(type.name)?.value ?? type.name);
    switch (name) {
      case 'bytes':
      case 'google.protobuf.BytesValue':
        return toBytes;
      case 'google.protobuf.Timestamp':
        return (value) => (value instanceof Date ? value : new Date(String(value)));
      case 'google.protobuf.Any':
        return (value) => (isObject(value) ? { ...value, value: toBytes(value['value']) } : value);
      default:
        return this.messages.has(name) ? this.reader(name) : undefined;
    }
  }

  /** Known only when all of them were found. */
  private all(): ReadonlyMap<string, MessageDescriptor> {
    const files = this.foreign.files.map(withFullNames);
    return new Map(files.flatMap(({ messages }) => messages.map((each) => [each.name, each] as const)));
  }
}

function convertAll({ type, cardinality }: FieldDescriptor, convert: ToMessage, value: unknown): unknown {
  if (cardinality === 'repeated') return Array.isArray(value) ? value.map(convert) : value;
  if (type.kind !== 'message' || !mapTypesOf(type.name) || !isObject(value)) return convert(value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, convert(each)]));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

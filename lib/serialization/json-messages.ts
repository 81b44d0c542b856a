/** Objects in columns of JSON -> messages of serializers without a model. */
import { toMessageColumn, toMessageProperty } from './column-reader.js';
import type { Column } from './column-types.js';
import type { SerializerClass } from './proto-serializer.js';
import type { OneOfMember, ShapeField } from './shape.js';
import type { Shapes } from './shapes.js';

type Json = Readonly<Record<string, unknown>>;

/** The value of a column -> the value of its field. */
export function columnValue(
  { type, repeated }: ShapeField,
  column: Column,
  shapes: Shapes,
): (value: unknown) => unknown {
  if (type.kind === 'oneof') return jsonUnion(type.members, shapes);
  if (type.kind !== 'serializer') return toMessageColumn(column, type, repeated);
  const one = jsonMessage(type.serializer, shapes);
  return (value) => {
    if (value === null || value === undefined) return null;
    return repeated ? (value as unknown[]).map(one) : one(value);
  };
}

function jsonUnion(members: readonly OneOfMember[], shapes: Shapes): (value: unknown) => unknown {
  const readers = new Map(
    members.map(({ property, type }) => [
      property,
      type.kind === 'serializer' ? jsonMessage(type.serializer, shapes) : toMessageProperty(type, false),
    ]),
  );
  return (value) => {
    if (value === null || value === undefined) return null;
    const { case: name, value: held } = value as { readonly case: string; readonly value: unknown };
    return { case: name, value: readers.get(name)?.(held) };
  };
}

/** What is not there stays away; what has no field is left out. */
function jsonMessage(serializer: SerializerClass, shapes: Shapes): (value: unknown) => unknown {
  let read: ((json: Json) => Json) | undefined;
  return (value) => {
    // Serializers may nest each other, so each is looked at only once there is an object of it.
    read ??= reader(serializer, shapes);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return read(value as Json);
    const found = Array.isArray(value) ? 'an array' : typeof value;
    throw new TypeError(`${serializer.name}: expected an object in the column of JSON, got ${found}`);
  };
}

function reader(serializer: SerializerClass, shapes: Shapes): (json: Json) => Json {
  const fields = (shapes.get(serializer)?.fields ?? []).map(({ property, type, repeated }) => {
    const one = type.kind === 'serializer' ? jsonMessage(type.serializer, shapes) : undefined;
    const convert = one
      ? (value: unknown) => (repeated ? (value as unknown[]).map(one) : one(value))
      : toMessageProperty(type, repeated);
    return { property, convert };
  });
  return (json) => {
    const message: Record<string, unknown> = {};
    for (const { property, convert } of fields) {
      const value = json[property];
      if (value !== undefined && value !== null) message[property] = convert(value);
    }
    return message;
  };
}

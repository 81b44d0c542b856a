/**
 * Model value -> message value. The message holds what the codec takes: numbers, strings (64-bit integers,
 * decimals, dates), booleans, buffers, plain objects.
 */
import type { WellKnownName } from '../proto/descriptors.js';
import type { ShapeFieldType } from './shape.js';

export type ToMessage = (value: unknown) => unknown;

/** Null and undefined are handled by the caller. */
export function toMessageValue(type: ShapeFieldType): ToMessage {
  switch (type.kind) {
    case 'scalar':
      return toScalar(type);
    case 'well-known':
      return toWellKnown(type.name);
    case 'external':
      return type.read;
    case 'map':
      return toMap(toMessageValue(type.value));
    case 'oneof':
      return toUnion(
        new Map(type.members.map(({ property, type: member }) => [property, toMessageValue(member)])),
      );
    default:
      return (value) => value;
  }
}

function toScalar(type: ShapeFieldType & { readonly kind: 'scalar' }): ToMessage {
  switch (type.value) {
    case 'decimal':
      return type.scalar === 'string' ? String : Number;
    case 'bigint':
      return type.scalar.endsWith('64') ? String : Number;
    case 'datetime':
      return (value) => (value instanceof Date ? value.toISOString() : String(value));
    case 'date':
      return (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : String(value));
    case 'integer':
    case 'float':
      // PostgreSQL counts in bigint, which arrives as text: that is what virtual columns hold.
      return Number;
    case 'boolean':
      return Boolean;
    case 'string':
    case 'uuid':
    case 'time':
      return String;
    case 'bytes':
      return toBytes;
    default:
      return (value) => value;
  }
}

/** JSON has no bytes: `JSON.stringify()` makes an object of a Buffer, others write base64. */
export function toBytes(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value, 'base64');
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const { data } = value as { readonly data?: unknown };
  return Array.isArray(data) ? Buffer.from(data as number[]) : value;
}

function toWellKnown(name: WellKnownName): ToMessage {
  switch (name) {
    case 'google.protobuf.Timestamp':
      return (value) => (value instanceof Date ? value : new Date(String(value)));
    case 'google.protobuf.Struct':
      return (value) => {
        if (typeof value === 'object' && !Array.isArray(value)) return value;
        throw notHeld(value, 'an object', name);
      };
    case 'google.protobuf.ListValue':
      return (value) => {
        if (Array.isArray(value)) return value;
        throw notHeld(value, 'an array', name);
      };
    default:
      return (value) => value;
  }
}

/** A column of JSON may hold anything, whatever its contract says. */
function notHeld(value: unknown, expected: string, name: WellKnownName): TypeError {
  const found = Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  return new TypeError(
    `expected ${expected} for a ${name}, got ${found}. Where it may be any JSON value, declare @JsonField({ type: 'value' }).`,
  );
}

function toMap(convert: ToMessage): ToMessage {
  return (value) =>
    Object.fromEntries(
      Object.entries(value as Readonly<Record<string, unknown>>).map(([key, each]) => [key, convert(each)]),
    );
}

function toUnion(members: ReadonlyMap<string, ToMessage>): ToMessage {
  return (value) => {
    const union = value as { readonly case: string; readonly value: unknown };
    const convert = members.get(union.case);
    return convert ? { case: union.case, value: convert(union.value) } : union;
  };
}

/**
 * Model value -> message value. The message holds what the codec takes: numbers, strings (64-bit integers,
 * decimals, dates), booleans, buffers, plain objects.
 */
import type { ShapeFieldType } from './shape.js';

export type ToMessage = (value: unknown) => unknown;

/** Null and undefined are handled by the caller. */
export function toMessageValue(type: ShapeFieldType): ToMessage {
  if (type.kind !== 'scalar') return (value) => value;
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
    default:
      return (value) => value;
  }
}

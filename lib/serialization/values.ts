/**
 * One value between the model's world and the JavaScript message. The message holds what the codec takes:
 * numbers, strings (64-bit integers, decimals, dates), booleans, buffers, plain objects.
 */
import type { ScalarType } from '../proto/descriptors.js';
import type { ValueKind } from './column-types.js';
import type { ShapeFieldType } from './shape.js';

/** A value that cannot be what the field wants, in Django REST framework's words. */
export class InvalidValue {
  constructor(
    readonly message: string,
    readonly code: string,
  ) {}
}

export type ToMessage = (value: unknown) => unknown;
export type FromMessage = (value: unknown) => unknown;

/** Model value -> message value; null and undefined are handled by the caller. */
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

/** Message value -> model value, or an `InvalidValue` that says what is wrong. */
export function fromMessageValue(type: ShapeFieldType): FromMessage {
  if (type.kind === 'enum') {
    const values = new Set(type.descriptor.values.map(({ value }) => value));
    return (value) =>
      values.has(value as string)
        ? value
        : new InvalidValue(`"${clip(String(value))}" is not a valid choice.`, 'invalid_choice');
  }
  if (type.kind !== 'scalar') return (value) => value;
  return (SCALARS[type.value] ?? (() => (value: unknown) => value))(type.scalar);
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$/;
const DATETIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

const SCALARS: Partial<Record<ValueKind, (scalar: ScalarType) => FromMessage>> = {
  integer: (scalar) => (scalar.endsWith('64') ? safeInteger : (value) => value),
  decimal: () => matching(DECIMAL, 'A valid number is required.', 'invalid'),
  uuid: () => matching(UUID, 'Must be a valid UUID.', 'invalid'),
  date: () => date,
  time: () =>
    matching(
      TIME,
      'Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]].',
      'invalid',
    ),
  datetime: () => datetime,
};

function matching(pattern: RegExp, message: string, code: string): FromMessage {
  const invalid = new InvalidValue(message, code);
  return (value) => (pattern.test(String(value)) ? String(value) : invalid);
}

function date(value: unknown): unknown {
  const text = String(value);
  const parsed = new Date(`${text}T00:00:00Z`);
  // A day that does not exist, 2026-02-30, rolls over into another one.
  const exists = DATE.test(text) && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
  return exists
    ? text
    : new InvalidValue('Date has wrong format. Use one of these formats instead: YYYY-MM-DD.', 'invalid');
}

function datetime(value: unknown): unknown {
  const text = String(value).replace(' ', 'T');
  // Without an offset the time is UTC, whatever zone the server runs in.
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(text.slice(10)) ? text : `${text}Z`;
  const parsed = new Date(zoned);
  if (DATETIME.test(String(value)) && !Number.isNaN(parsed.getTime())) return parsed;
  return new InvalidValue(
    'Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].',
    'invalid',
  );
}

function safeInteger(value: unknown): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : new InvalidValue('A valid integer is required.', 'invalid');
}

function clip(text: string): string {
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}

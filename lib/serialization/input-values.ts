/**
 * Message value -> model value, or the reason why it cannot be one. Sentences and codes are those of Django REST
 * framework's fields.
 */
import { clip, ECHO_LENGTH } from '../errors/text.js';
import type { ScalarType } from '../proto/descriptors.js';
import { UnknownEnumValue } from './codec/index.js';
import { columnTypeName, findColumnType, type Column, type ValueKind } from './column-types.js';
import type { ShapeFieldType } from './shape.js';

/** A value that cannot be what the field wants. */
export class InvalidValue {
  constructor(
    readonly message: string,
    readonly code: string,
  ) {}
}

/** Gives the model's value or an `InvalidValue`; null is handled by the caller. */
export type FromMessage = (value: unknown) => unknown;

/** @param column what limits the value; undefined where no column stands behind the field */
export function fromMessageValue(type: ShapeFieldType, column?: Column): FromMessage {
  switch (type.kind) {
    case 'enum':
      return choice(new Set(type.descriptor.values.map(({ value }) => value)));
    case 'scalar':
      return scalar(type.value, type.scalar, column);
    case 'well-known':
      return type.name === 'google.protobuf.Timestamp' &&
        column &&
        findColumnType(column, 'socio')?.kind === 'date'
        ? (value) => (value as Date).toISOString().slice(0, 10)
        : (value) => value;
    case 'map':
      return entries(fromMessageValue(type.value));
    default:
      return (value) => value;
  }
}

function entries(convert: FromMessage): FromMessage {
  return (value) => {
    const read = Object.entries(value as Readonly<Record<string, unknown>>).map(
      ([key, each]) => [key, convert(each)] as const,
    );
    return read.find(([, each]) => each instanceof InvalidValue)?.[1] ?? Object.fromEntries(read);
  };
}

function scalar(kind: ValueKind, proto: ScalarType, column: Column | undefined): FromMessage {
  switch (kind) {
    case 'integer':
      return integer(proto, column);
    case 'decimal':
      return decimal(column);
    case 'float':
      return (value) =>
        Number.isFinite(value) ? value : new InvalidValue('A valid number is required.', 'invalid');
    case 'string':
      return column && columnTypeName(column) === 'simple-array' ? withoutComma : text;
    case 'uuid':
      return matching(UUID, 'Must be a valid UUID.');
    case 'date':
      return date;
    case 'time':
      return matching(TIME, 'Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]].');
    case 'datetime':
      return datetime;
    default:
      return (value) => value;
  }
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$/;
const DATETIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function choice(values: ReadonlySet<unknown>): FromMessage {
  return (value) => {
    if (values.has(value) && value !== undefined) return value;
    const shown = value instanceof UnknownEnumValue ? value.number : value;
    return new InvalidValue(`"${clip(String(shown), ECHO_LENGTH)}" is not a valid choice.`, 'invalid_choice');
  };
}

function text(value: unknown): unknown {
  return String(value).includes('\0')
    ? new InvalidValue('Null characters are not allowed.', 'null_characters_not_allowed')
    : value;
}

/** TypeORM joins a `simple-array` by commas. */
function withoutComma(value: unknown): unknown {
  return String(value).includes(',')
    ? new InvalidValue('This value may not contain a comma.', 'invalid')
    : text(value);
}

function matching(pattern: RegExp, message: string): FromMessage {
  const invalid = new InvalidValue(message, 'invalid');
  return (value) => (pattern.test(String(value)) ? String(value) : invalid);
}

/** Bits of the integer types that databases know; the others are as wide as their proto type. */
const BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, int2: 16, mediumint: 24 };

function integer(proto: ScalarType, column: Column | undefined): FromMessage {
  const bits = (column && BITS[columnTypeName(column)]) ?? 32;
  const [min, max] = column?.unsigned ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return (value) => {
    const number = proto.endsWith('64') ? Number(value) : (value as number);
    if (!Number.isInteger(number)) return new InvalidValue('A valid integer is required.', 'invalid');
    if (number > max)
      return new InvalidValue(`Ensure this value is less than or equal to ${max}.`, 'max_value');
    if (number < min)
      return new InvalidValue(`Ensure this value is greater than or equal to ${min}.`, 'min_value');
    return number;
  };
}

const DECIMAL = /^([+-]?)0*(\d*)(?:\.(\d*))?$/;

/** Decimals stay text: what was sent is what is stored. */
function decimal(column: Column | undefined): FromMessage {
  const precision = column?.precision ?? undefined;
  const scale = column?.scale ?? undefined;
  return (value) => {
    const text = typeof value === 'number' ? plainNumber(value) : String(value).trim();
    const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text) ?? [];
    if (sign === undefined || (whole === '' && !/\d/.test(text)))
      return new InvalidValue('A valid number is required.', 'invalid');
    if (precision !== undefined && whole.length + fraction.length > precision)
      return new InvalidValue(
        `Ensure that there are no more than ${precision} digits in total.`,
        'max_digits',
      );
    if (scale !== undefined && fraction.length > scale)
      return new InvalidValue(
        `Ensure that there are no more than ${scale} decimal places.`,
        'max_decimal_places',
      );
    if (precision !== undefined && scale !== undefined && whole.length > precision - scale)
      return new InvalidValue(
        `Ensure that there are no more than ${precision - scale} digits before the decimal point.`,
        'max_whole_digits',
      );
    return text;
  };
}

/** A double without an exponent; NaN and the infinities are no decimals. */
function plainNumber(value: number): string {
  return Number.isFinite(value) && Math.abs(value) < 1e21
    ? value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 })
    : 'NaN';
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

/** What clients send as a rule is written as it would be given back: then there is nothing else to look at. */
function plainMoment(text: string): Date | undefined {
  if (text.length !== 24) return undefined;
  const moment = new Date(text);
  return !Number.isNaN(moment.getTime()) && moment.toISOString() === text ? moment : undefined;
}

function datetime(value: unknown): unknown {
  const plain = plainMoment(String(value));
  if (plain) return plain;
  const text = String(value).replace(' ', 'T');
  // Without an offset the time is UTC, whatever zone the server runs in.
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(text.slice(10)) ? text : `${text}Z`;
  const parsed = new Date(zoned);
  const exists = DATETIME.test(String(value)) && !(date(text.slice(0, 10)) instanceof InvalidValue);
  if (exists && !Number.isNaN(parsed.getTime())) return parsed;
  return new InvalidValue(
    'Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].',
    'invalid',
  );
}

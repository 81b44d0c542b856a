/**
 * A JSON value of a request -> what SQL compares a column with, or the reason why it cannot be that. Numbers are bound as
 * texts where TypeORM would write them into the SQL text: one statement for all values.
 */
import { isIP } from 'node:net';
import type { DataSource } from 'typeorm';
import { clip, ECHO_LENGTH, wellFormed } from '../errors/text.js';
import type { EnumDescriptor } from '../proto/descriptors.js';
import { isSqlite, persistentValue } from '../serialization/column-reader.js';
import { columnTypeName, type Column, type ValueKind } from '../serialization/column-types.js';
import { fromMessageValue, InvalidValue } from '../serialization/input-values.js';

/** How the values of a filter behave. */
export type FilterKind = ValueKind | 'enum' | 'list';

/** A value that can be bound, or the reason against it. */
export type ReadFilterValue = (value: unknown) => unknown;

export interface FilterValueType {
  readonly kind: FilterKind;
  /** Undefined for filters without a column. */
  readonly column?: Column;
  readonly descriptor?: EnumDescriptor | undefined;
}

const DIGITS = /^[+-]?\d{1,25}$/;
/** With every character escaped it is still a pattern that SQLite takes. */
const MAX_TEXT = 4000;

/** What a value of JSON must be for a kind, before it is converted. */
export function valueReader({ kind, column, descriptor }: FilterValueType): ReadFilterValue {
  const read = readerOf(kind, descriptor, column);
  if (!column?.transformer) return read;
  return (value) => {
    const found = read(value);
    return found instanceof InvalidValue ? found : persistentValue(column, found);
  };
}

function readerOf(
  kind: FilterKind,
  descriptor: EnumDescriptor | undefined,
  column: Column | undefined,
): ReadFilterValue {
  switch (kind) {
    case 'boolean':
      return boolean;
    case 'enum':
      return choice(descriptor);
    case 'integer': {
      const convert = fromMessageValue({ kind: 'scalar', scalar: 'int32', value: 'integer' }, column);
      return (value) => {
        const text = numberText(value);
        return text !== undefined && DIGITS.test(text) ? convert(Number(text)) : INVALID.integer;
      };
    }
    case 'bigint':
      return bigint;
    case 'float':
      return (value) => {
        const text = numberText(value);
        const number = Number(text);
        if (text === undefined || text === '' || !Number.isFinite(number)) return INVALID.number;
        return isSingle(column) && !fitsSingle(number) ? INVALID.range : number;
      };
    case 'decimal':
      return decimal;
    case 'string':
      return column && /^(inet|cidr)$/.test(columnTypeName(column)) ? address : text;
    case 'uuid':
      return uuid;
    case 'date':
    case 'time':
    case 'datetime': {
      const convert = fromMessageValue({ kind: 'scalar', scalar: 'string', value: kind });
      return (value) => {
        const text = typeof value === 'string' ? value.trim() : '';
        // ISO 8601 has a year 0, PostgreSQL has none, and nobody has dates there.
        return kind === 'date' && text.startsWith('0000') ? INVALID.range : convert(text);
      };
    }
    default:
      return () => new InvalidValue('This column has no values to compare with.', 'invalid');
  }
}

const INVALID = {
  integer: new InvalidValue('A valid integer is required.', 'invalid'),
  number: new InvalidValue('A valid number is required.', 'invalid'),
  range: new InvalidValue('This value is out of range.', 'invalid'),
  boolean: new InvalidValue('Must be a valid boolean.', 'invalid'),
  text: new InvalidValue('Not a valid string.', 'invalid'),
} as const;

/** PostgreSQL refuses what its numbers of four bytes cannot hold, without saying where. */
function isSingle(column: Column | undefined): boolean {
  if (!column || isSqlite(column.entityMetadata.dataSource)) return false;
  return /^(real|float4)$/.test(columnTypeName(column));
}

function fitsSingle(number: number): boolean {
  const single = Math.fround(number);
  return Number.isFinite(single) && (number === 0 || single !== 0);
}

export function boolean(value: unknown): unknown {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (text === 'true' || text === '1' || text === 1) return true;
  if (text === 'false' || text === '0' || text === 0) return false;
  return INVALID.boolean;
}

function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.length <= 100 ? value.trim() : undefined;
}

function bigint(value: unknown): unknown {
  // A number of JSON beyond 2^53 is not the one that was meant.
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return INVALID.integer;
  const text = numberText(value);
  if (text === undefined || !DIGITS.test(text)) return INVALID.integer;
  const number = BigInt(text.replace('+', ''));
  return number === BigInt.asIntN(64, number) ? String(number) : INVALID.integer;
}

const convertDecimal = fromMessageValue({ kind: 'scalar', scalar: 'string', value: 'decimal' });

function decimal(value: unknown): unknown {
  return numberText(value) === undefined ? INVALID.number : convertDecimal(value);
}

const convertUuid = fromMessageValue({ kind: 'scalar', scalar: 'string', value: 'uuid' });

/** As PostgreSQL writes it, for databases that keep it as a text. */
function uuid(value: unknown): unknown {
  const found = convertUuid(typeof value === 'string' ? value.trim() : '');
  return typeof found === 'string'
    ? found
        .toLowerCase()
        .replaceAll('-', '')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    : found;
}

const convertText = fromMessageValue({ kind: 'scalar', scalar: 'string', value: 'string' });

/** A number stands for its digits: clients that keep JSON in maps of doubles cannot help it. */
export function text(value: unknown): unknown {
  if (typeof value === 'number') return String(value);
  // JSON can write half a surrogate pair, which is no text.
  if (typeof value !== 'string' || wellFormed(value) !== value) return INVALID.text;
  if (value.length > MAX_TEXT)
    return new InvalidValue(`Ensure this field has no more than ${MAX_TEXT} characters.`, 'max_length');
  return convertText(value);
}

/** PostgreSQL compares addresses as such, and refuses what is none. */
function address(value: unknown): unknown {
  const [host = '', mask, ...more] = typeof value === 'string' ? value.trim().split('/') : [];
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(host)] ?? -1;
  const valid =
    more.length === 0 && bits > 0 && (mask === undefined || (/^\d{1,3}$/.test(mask) && Number(mask) <= bits));
  return valid ? String(value).trim() : new InvalidValue('Enter a valid IPv4 or IPv6 address.', 'invalid');
}

/** By the member's name in the `.proto`, its number, or the model's own value. */
function choice(descriptor: EnumDescriptor | undefined): ReadFilterValue {
  const members = descriptor?.values.filter(({ value }) => value !== undefined) ?? [];
  const byText = new Map([
    ...members.map(({ value }) => [String(value), value] as const),
    ...members.map(({ name, value }) => [name, value] as const),
  ]);
  return (value) => {
    const known = typeof value === 'object' ? undefined : byText.get(String(value));
    if (known !== undefined) return known;
    const shown = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    return new InvalidValue(`"${clip(shown, ECHO_LENGTH)}" is not a valid choice.`, 'invalid_choice');
  };
}

/** As TypeORM binds it without looking at it, and without writing it into the SQL text. */
export function bindable(dataSource: DataSource, value: unknown): unknown {
  return typeof value === 'number' && isSqlite(dataSource) ? String(value) : value;
}

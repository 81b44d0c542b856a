/**
 * The one table of lookups: which columns each suits, which values it takes, which SQL it is. What differs between
 * databases is here. Case, NULL and time rules are those of docs/filters.md.
 */
import type { DataSource } from 'typeorm';
import { isSqlite } from '../serialization/column-reader.js';
import { columnTypeName, type Column } from '../serialization/column-types.js';
import { instantRange, timeRange } from './date-ranges.js';
import { bindable, type FilterKind } from './filter-value.js';

/** Every lookup, by the word that stands behind `__` in a request. */
export const LOOKUPS = [
  'exact',
  'ne',
  'in',
  'isnull',
  'gt',
  'gte',
  'lt',
  'lte',
  'range',
  'iexact',
  'contains',
  'icontains',
  'startswith',
  'istartswith',
  'endswith',
  'iendswith',
] as const;

/** How a filter compares; see docs/filters.md. */
export type Lookup = (typeof LOOKUPS)[number];

/** How many values a lookup takes. */
export type LookupArity = 'one' | 'pair' | 'list' | 'boolean';

/** What stands on the left side of a comparison. */
export interface Operand {
  readonly sql: string;
  readonly kind: FilterKind;
  readonly column: Column | undefined;
  readonly dataSource: DataSource;
}

/** Binds a value to the statement; gives its placeholder. */
export type Bind = (value: unknown) => string;

const COMPARABLE = new Set<FilterKind>([
  'integer',
  'bigint',
  'float',
  'decimal',
  'boolean',
  'string',
  'uuid',
  'date',
  'time',
  'datetime',
  'enum',
]);

/** Whether a lookup makes sense for the values of a column. */
export function suits(lookup: Lookup, kind: FilterKind): boolean {
  switch (lookup) {
    case 'isnull':
      return true;
    case 'exact':
    case 'ne':
    case 'in':
      return COMPARABLE.has(kind);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'range':
      return COMPARABLE.has(kind) && kind !== 'boolean' && kind !== 'enum';
    default:
      return kind === 'string';
  }
}

/** Whether a lookup looks inside a text, not at the value as a whole. */
export function looksInside(lookup: Lookup): boolean {
  return !suits(lookup, 'uuid');
}

export function arityOf(lookup: Lookup): LookupArity {
  if (lookup === 'isnull') return 'boolean';
  if (lookup === 'in') return 'list';
  return lookup === 'range' ? 'pair' : 'one';
}

/**
 * The condition as SQL.
 *
 * @param values what was read for the lookup, as many as its arity says
 */
export function lookupSql(lookup: Lookup, operand: Operand, values: readonly unknown[], bind: Bind): string {
  const [first, second] = values;
  const plain = operand.sql;
  switch (lookup) {
    case 'isnull':
      return `${plain} IS ${first === true ? 'NULL' : 'NOT NULL'}`;
    case 'exact':
      return equal(operand, first, bind);
    case 'ne':
      return `(${plain} IS NULL OR NOT (${equal(operand, first, bind)}))`;
    case 'in':
      return oneOf(operand, values, bind);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return compare(operand, lookup, first, bind);
    case 'range':
      return `(${compare(operand, 'gte', first, bind)} AND ${compare(operand, 'lte', second, bind)})`;
    default:
      return like(operand, lookup, String(first), bind);
  }
}

interface Span {
  readonly from: unknown;
  readonly to: unknown;
  /** Whether `to` itself is among them. */
  readonly closed: boolean;
}

/** What counts as the same value; undefined where a value is only itself. */
function spanOf({ kind, dataSource }: Operand, value: unknown): Span | undefined {
  if (kind === 'datetime') return { ...instantRange(dataSource, value as Date), closed: false };
  if (kind === 'time' && isSqlite(dataSource)) return { ...timeRange(String(value)), closed: true };
  return undefined;
}

function equal(operand: Operand, value: unknown, bind: Bind): string {
  if (!spanOf(operand, value)) return `${textual(operand)} = ${bound(operand, value, bind)}`;
  return `(${compare(operand, 'gte', value, bind)} AND ${compare(operand, 'lte', value, bind)})`;
}

function compare(operand: Operand, lookup: 'gt' | 'gte' | 'lt' | 'lte', value: unknown, bind: Bind): string {
  const span = spanOf(operand, value);
  if (!span) return `${textual(operand)} ${OPERATORS[lookup]} ${bound(operand, value, bind)}`;
  if (lookup === 'gte' || lookup === 'lt') return `${operand.sql} ${OPERATORS[lookup]} ${bind(span.from)}`;
  const operator = lookup === 'gt' ? (span.closed ? '>' : '>=') : span.closed ? '<=' : '<';
  return `${operand.sql} ${operator} ${bind(span.to)}`;
}

const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function oneOf(operand: Operand, values: readonly unknown[], bind: Bind): string {
  if (values.length === 0) return '1 = 0';
  const padded = paddedToPowerOfTwo(values);
  if (spanOf(operand, values[0]))
    return `(${padded.map((value) => equal(operand, value, bind)).join(' OR ')})`;
  return `${textual(operand)} IN (${padded.map((value) => bound(operand, value, bind)).join(', ')})`;
}

/** Few lengths of lists are few statements; the last value once more changes nothing. */
function paddedToPowerOfTwo(values: readonly unknown[]): readonly unknown[] {
  const length = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...Array<unknown>(length - values.length).fill(values.at(-1))];
}

/** Texts are matched literally: no character of a value has a meaning of its own. */
function like(operand: Operand, lookup: Lookup, value: string, bind: Bind): string {
  const sql = asText(operand);
  const ignoreCase = lookup.startsWith('i');
  const kind = ignoreCase ? lookup.slice(1) : lookup;
  const open = kind === 'contains' || kind === 'endswith';
  const end = kind === 'contains' || kind === 'startswith';
  if (isSqlite(operand.dataSource) && !ignoreCase) {
    const literal = value.replaceAll(/[*?[]/g, '[$&]');
    return `${sql} GLOB ${bind(`${open ? '*' : ''}${literal}${end ? '*' : ''}`)}`;
  }
  const literal = value.replaceAll(/[\\%_]/g, '\\$&');
  const operator = ignoreCase && !isSqlite(operand.dataSource) ? 'ILIKE' : 'LIKE';
  return `${sql} ${operator} ${bind(`${open ? '%' : ''}${literal}${end ? '%' : ''}`)} ESCAPE '\\'`;
}

/** PostgreSQL compares these with values of their own type, which the caller's text need not be. */
function textual({ sql, column, dataSource, kind }: Operand): string {
  const foreign = column && kind === 'string' && !/^(inet|cidr)$/.test(columnTypeName(column));
  return foreign && !isSqlite(dataSource) && !TEXTS.test(columnTypeName(column))
    ? `CAST(${sql} AS TEXT)`
    : sql;
}

/** The value as answers show it: without the blanks that fill a `char`, an address without its trivial mask. */
function asText(operand: Operand): string {
  const { sql, column, dataSource } = operand;
  if (!column || isSqlite(dataSource)) return sql;
  const type = columnTypeName(column);
  if (/^(inet|cidr)$/.test(type)) return `NULLIF(CONCAT(${sql}), '')`;
  return /^n?char(acter)?$/.test(type) ? `CAST(${sql} AS TEXT)` : textual(operand);
}

const TEXTS = /^(n?(var)?char(acter)?|text|citext)$/;

/** SQLite would make a number of the text again for each row that it looks at. */
function bound({ dataSource, kind }: Operand, value: unknown, bind: Bind): string {
  const placeholder = bind(bindable(dataSource, value));
  if (typeof value !== 'number' || !isSqlite(dataSource) || !isNumeric(kind)) return placeholder;
  return `CAST(${placeholder} AS ${Number.isSafeInteger(value) ? 'INTEGER' : 'REAL'})`;
}

function isNumeric(kind: FilterKind): boolean {
  return kind === 'integer' || kind === 'float';
}

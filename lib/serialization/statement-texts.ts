/**
 * SQL texts by what they say: queries that differ in nothing but their values have one text, which is built once. TypeORM
 * builds one in the time that SQLite needs to run it.
 */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { isSqlite } from './column-reader.js';
import { Bound, limits, namesOf, unbound, type RowWindow } from './select-rows.js';

type Query = SelectQueryBuilder<ObjectLiteral>;

export interface BoundStatement {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly names: readonly string[];
}

/** The place of a value in a text. */
class Slot {
  constructor(
    readonly name: string,
    /** In a list; undefined: the value itself. */
    readonly index: number | undefined,
  ) {}
}

interface StatementText {
  readonly sql: string;
  /** Slots, and values that are the same in all calls. */
  readonly places: readonly unknown[];
  readonly names: readonly string[];
}

/** Callers decide how many shapes there are; the oldest are forgotten first. */
const MOST = 200;

export class StatementTexts {
  private readonly known = new Map<string, StatementText>();

  /**
   * The statement of a query, undefined when values decide about its text.
   *
   * @param query conditions and an order at most, see `isPlain`
   * @param complete what selects and orders, the same for all queries that are asked for here
   */
  find(
    query: Query,
    complete: (query: Query) => void,
    window: RowWindow | undefined,
  ): BoundStatement | undefined {
    const shape = shapeOf(query);
    if (shape === undefined) return undefined;
    const sqlite = isSqlite(query.connection);
    const { sql, places, names } = this.known.get(shape) ?? this.build(shape, query, complete);
    const { parameters } = query.expressionMap;
    const values = places.map((place) =>
      place instanceof Slot ? valueAt(place, parameters, sqlite) : place,
    );
    return { sql: sql + limits(query, values, window), values, names };
  }

  private build(shape: string, query: Query, complete: (query: Query) => void): StatementText {
    const full = query.clone();
    complete(full);
    const { expressionMap } = full;
    const slots = Object.entries(expressionMap.parameters).map(([name, value]) => [
      name,
      slotsFor(name, value),
    ]);
    expressionMap.parameters = Object.fromEntries(slots) as ObjectLiteral;
    const [sql, places] = full.getQueryAndParameters();
    const [oldest] = this.known.keys();
    if (this.known.size >= MOST && oldest !== undefined) this.known.delete(oldest);
    const text = { sql, places, names: namesOf(full) };
    this.known.set(shape, text);
    return text;
  }
}

function slotsFor(name: string, value: unknown): unknown {
  return Array.isArray(value)
    ? value.map((_item, index) => new Slot(name, index))
    : new Slot(name, undefined);
}

/** Everything but values that decides about the text of a plain query. */
function shapeOf({ expressionMap }: Query): string | undefined {
  const { wheres, orderBys, withDeleted, parameters } = expressionMap;
  const { lockMode, useIndex, comment, timeTravel, extraAppendedAndWhereCondition } = expressionMap;
  if (lockMode || useIndex || comment || timeTravel || extraAppendedAndWhereCondition) return undefined;
  let kinds = withDeleted ? 'deleted' : '';
  for (const name in parameters) {
    const value: unknown = parameters[name];
    if (!Array.isArray(value)) {
      if (!isPlainValue(value)) return undefined;
      kinds += ` ${name}`;
    } else if (value.every(isPlainValue)) kinds += ` ${name}[${value.length}]`;
    else return undefined;
  }
  return JSON.stringify([kinds, wheres, orderBys]);
}

/** What is bound as it is, whatever its value. */
function isPlainValue(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return true;
    case 'number':
      return Number.isFinite(value);
    default:
      return value instanceof Bound;
  }
}

function valueAt({ name, index }: Slot, parameters: ObjectLiteral, sqlite: boolean): unknown {
  const value: unknown = parameters[name];
  if (index !== undefined) return unbound((value as readonly unknown[])[index]);
  return sqlite ? asLiteral(value) : unbound(value);
}

/** As TypeORM writes it into the text on SQLite: 5 is an integer there, and the driver binds numbers as REAL. */
function asLiteral(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === 'boolean' ? Number(value) : unbound(value);
}

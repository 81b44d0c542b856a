/**
 * SQL texts by what they say: queries that differ in nothing but their values have one text, which is built once. TypeORM
 * builds one in the time that SQLite needs to run it.
 */
import type { DataSource, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { BoundedMap } from './bounded-map.js';
import { isSqlite } from './column-reader.js';
import { Bound, limits, namesOf, unbound, type RowWindow } from './select-rows.js';

type Query = SelectQueryBuilder<ObjectLiteral>;
type Parameters = Readonly<Record<string, unknown>>;

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
  /** The text with what a window adds to it. Each is one string: those who look for a known text hash it once. */
  readonly windows: Map<string, string>;
}

/**
 * What a call asks of a model's rows: which question it is, and the values in it. The query is needed once for each
 * question.
 */
export interface Question {
  /** Everything but values that decides about the text. */
  readonly key: string;
  /** In the order in which the query binds them, by its names. */
  readonly parameters: Parameters;
  /** The same as a query: conditions and an order at most, see `isPlain`. */
  readonly query: () => Promise<Query>;
}

/** Callers decide how many shapes there are; the oldest are forgotten first. */
const MOST = 200;

export class StatementTexts {
  /** Undefined: values decide about the text, or the query says something else than the question. */
  private readonly known = new BoundedMap<string, StatementText | undefined>(MOST);

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
    const { connection, expressionMap } = query;
    const shape = shapeOf(query);
    if (shape === undefined) return undefined;
    const text = this.known.get(shape) ?? this.keep(shape, build(query, complete));
    return bound(text, expressionMap.parameters, connection, window);
  }

  /**
   * The statement of a question, undefined when values decide about its text.
   *
   * @param complete what selects and orders, the same for all questions that are asked here
   */
  answer(
    question: Question,
    dataSource: DataSource,
    window: RowWindow | undefined,
    complete: (query: Query) => void,
  ): BoundStatement | undefined | Promise<BoundStatement | undefined> {
    const { key, parameters } = question;
    const kinds = kindsOf(parameters, isSqlite(dataSource));
    if (kinds === undefined) return undefined;
    const shape = `${key}\n${kinds}`;
    const text = this.known.get(shape);
    if (text) return bound(text, parameters, dataSource, window);
    if (this.known.has(shape)) return undefined;
    return this.learn(shape, question, complete).then(
      (learned) => learned && bound(learned, parameters, dataSource, window),
    );
  }

  private async learn(
    shape: string,
    { parameters, query: make }: Question,
    complete: (query: Query) => void,
  ): Promise<StatementText | undefined> {
    const query = await make();
    const same = Object.keys(query.expressionMap.parameters).join() === Object.keys(parameters).join();
    return this.keep(shape, same && shapeOf(query) !== undefined ? build(query, complete) : undefined);
  }

  private keep<T extends StatementText | undefined>(shape: string, text: T): T {
    this.known.set(shape, text);
    return text;
  }
}

function build(query: Query, complete: (query: Query) => void): StatementText {
  const full = query.clone();
  complete(full);
  const { expressionMap } = full;
  const slots = Object.entries(expressionMap.parameters).map(([name, value]) => [
    name,
    slotsFor(name, value),
  ]);
  expressionMap.parameters = Object.fromEntries(slots) as ObjectLiteral;
  const [sql, places] = full.getQueryAndParameters();
  return { sql, places, names: namesOf(full), windows: new Map() };
}

function slotsFor(name: string, value: unknown): unknown {
  return Array.isArray(value)
    ? value.map((_item, index) => new Slot(name, index))
    : new Slot(name, undefined);
}

function bound(
  { sql, places, names, windows }: StatementText,
  parameters: Parameters,
  dataSource: DataSource,
  window: RowWindow | undefined,
): BoundStatement {
  const values = places.map((place) => (place instanceof Slot ? valueAt(place, parameters) : place));
  const limit = limits(dataSource, values, window);
  let text = windows.get(limit);
  if (text === undefined) windows.set(limit, (text = sql + limit));
  return { sql: text, values, names };
}

/** Everything but values that decides about the text of a plain query. */
function shapeOf({ expressionMap, connection }: Query): string | undefined {
  const { wheres, orderBys, withDeleted, parameters } = expressionMap;
  const { lockMode, useIndex, comment, timeTravel, extraAppendedAndWhereCondition } = expressionMap;
  if (lockMode || useIndex || comment || timeTravel || extraAppendedAndWhereCondition) return undefined;
  const kinds = kindsOf(parameters, isSqlite(connection));
  return kinds === undefined
    ? undefined
    : JSON.stringify([withDeleted ? 'deleted' : '', kinds, wheres, orderBys]);
}

/** Names of the values and lengths of the lists; undefined when one of them decides about the text. */
function kindsOf(parameters: Parameters, sqlite: boolean): string | undefined {
  let kinds = '';
  for (const name in parameters) {
    const value = parameters[name];
    if (!Array.isArray(value)) {
      if (!isPlainValue(value, sqlite)) return undefined;
      kinds += ` ${name}`;
    } else if (value.every((item) => isPlainValue(item, sqlite))) kinds += ` ${name}[${value.length}]`;
    else return undefined;
  }
  return kinds;
}

/** What is bound as it is, whatever its value. TypeORM hands dates to pg untouched, and turns them into texts on SQLite. */
function isPlainValue(value: unknown, sqlite: boolean): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return true;
    case 'number':
      return Number.isFinite(value);
    default:
      return value instanceof Bound || (!sqlite && value instanceof Date);
  }
}

function valueAt({ name, index }: Slot, parameters: Parameters): unknown {
  const value = parameters[name];
  return unbound(index === undefined ? value : (value as readonly unknown[])[index]);
}

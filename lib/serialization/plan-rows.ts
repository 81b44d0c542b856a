/**
 * The rows of a plan: of queries, of questions that are known, of keys, in chunks of a stream. What becomes of them is for
 * others to say.
 */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CallAccess } from './call-access.js';
import type { NamedRow, RawRow } from './column-reader.js';
import type { Column } from './column-types.js';
import { exactKey, inChunks, keyText, whereKeys, type Key } from './keys.js';
import { whenDone, type MaybePromise } from './maybe-promise.js';
import { counting, hasOrder, isPaged, isPlain, orderByKey } from './query-shape.js';
import type { ReadTree } from './read-tree.js';
import type { RowReader } from './row-reader.js';
import { selectRows, type RowWindow } from './select-rows.js';
import { StatementTexts, type Question } from './statement-texts.js';

export type Query = SelectQueryBuilder<ObjectLiteral>;

/** Rows of one chunk of a stream. */
const STREAM_CHUNK = 500;

export interface ReadByKeysOptions {
  /** Rows that are marked as removed are among them. */
  readonly withDeleted?: boolean;
}

/** Rows -> what is made of them. */
export type ToItems<T> = (rows: readonly RawRow[], access: CallAccess) => MaybePromise<T[]>;

/** Texts of statements that are known. */
export class PlanTexts {
  /** Of queries, by what they say. */
  readonly queries = new StatementTexts();
  /** Of queries without an order, which look for certain keys. */
  readonly byKeys = new StatementTexts();
  readonly questions = new StatementTexts();
  readonly counts = new StatementTexts();
}

export class PlanRows<T> implements RowReader<T> {
  constructor(
    protected readonly tree: ReadTree,
    protected readonly texts: PlanTexts,
    readonly toItems: ToItems<T>,
  ) {}

  get alias(): string {
    return this.tree.alias;
  }

  /**
   * Messages of all rows of a query, ordered by key where the query has no order of its own.
   *
   * @param limit most messages; a query with limits of its own may give fewer
   */
  async read(query: Query, access: CallAccess, limit?: number): Promise<T[]> {
    if (isPlain(query))
      return this.toItems(
        await this.rows(query, access, limit === undefined ? undefined : { limit }),
        access,
      );
    const keys = await this.keysOf(query, access);
    return this.readByKeys(keys.slice(0, limit), access, { withDeleted: query.expressionMap.withDeleted });
  }

  /**
   * Messages of the rows with the given keys, in their order.
   *
   * @throws Error when a row is gone
   */
  async readByKeys(keys: readonly Key[], access: CallAccess, options: ReadByKeysOptions = {}): Promise<T[]> {
    const messages = await this.findByKeys(keys, access, options);
    return messages.map((message) => {
      if (!message) throw new Error(`${this.tree.metadata.name}: a row to serialize is gone`);
      return message;
    });
  }

  /**
   * Messages in chunks of 500 rows, fetched only when asked for. Chunks are cut by key, so that the
   * last costs what the first costs; of a query with an order, joins or limits of its own the keys are read first, and
   * rows that vanish meanwhile are left out. Rows are read at different moments: the stream is no snapshot.
   */
  async *stream(query: Query, access: CallAccess): AsyncGenerator<readonly T[], void, undefined> {
    if (isPlain(query) && !hasOrder(query)) return yield* this.streamByKey(query, access);
    const { withDeleted } = query.expressionMap;
    for (const chunk of inChunks(await this.keysOf(query, access)))
      yield (await this.findByKeys(chunk, access, { withDeleted })).filter(
        (message) => message !== undefined,
      );
  }

  ask(
    question: Question,
    access: CallAccess,
    window: RowWindow,
  ): MaybePromise<readonly RawRow[] | undefined> {
    if (this.tree.isScoped) return undefined;
    const answer = this.texts.questions.answer(question, this.tree.dataSource, window, (query) =>
      this.complete(query, undefined),
    );
    return whenDone(
      answer,
      (statement) => statement && access.rows(statement.sql, statement.values, statement.names),
    );
  }

  async count(question: Question, access: CallAccess): Promise<number | undefined> {
    const statement = await this.texts.counts.answer(question, this.tree.dataSource, undefined, counting);
    const rows = statement && (await access.rows(statement.sql, statement.values, statement.names));
    return rows && Number(rows[0]?.[0]);
  }

  /** Keys of the rows of any query, each once, in its order. */
  async keysOf(query: Query, access: CallAccess): Promise<readonly Key[]> {
    const { metadata, dataSource } = this.tree;
    const columns = metadata.primaryColumns;
    if (isPaged(query)) {
      const entities = await access.run(() => query.getMany());
      return entities.map((entity) => columns.map((column): unknown => column.getEntityValue(entity)));
    }
    const keyed = query.clone();
    if (keyed.expressionMap.groupBys.length === 0) orderByKey(keyed);
    columns.forEach((column, index) =>
      keyed.addSelect(exactKey(dataSource, query.alias, column), `key_${index}`),
    );
    const rows = await access.run(() => keyed.getRawMany<NamedRow>());
    const keys = rows.map((row): Key => columns.map((_column, index) => row[`key_${index}`]));
    return [...new Map(keys.map((key) => [keyText(key), key])).values()];
  }

  private async *streamByKey(
    query: Query,
    access: CallAccess,
  ): AsyncGenerator<readonly T[], void, undefined> {
    let rows: readonly RawRow[] = [];
    do {
      const next = query.clone();
      if (rows.length > 0) this.after(next, rows.at(-1) as RawRow);
      rows = await this.rows(next, access, { limit: STREAM_CHUNK });
      yield this.toItems(rows, access);
    } while (rows.length === STREAM_CHUNK);
  }

  /** Undefined for a row that is gone. */
  private async findByKeys(
    keys: readonly Key[],
    access: CallAccess,
    { withDeleted = false }: ReadByKeysOptions,
  ): Promise<(T | undefined)[]> {
    const { metadata, keys: slots } = this.tree;
    const found = new Map<string, T>();
    for (const chunk of inChunks(keys)) {
      const query = await access.run(async (manager) =>
        manager.createQueryBuilder<ObjectLiteral>(metadata.target, this.alias),
      );
      if (withDeleted) query.withDeleted();
      whereKeys(query, this.alias, metadata.primaryColumns, chunk);
      const select = (full: Query): void => this.select(full, access.context);
      const rows = await this.run(query, access, undefined, select, this.texts.byKeys);
      const messages = await this.toItems(rows, access);
      rows.forEach((row, at) => found.set(keyText(slots.map((slot) => row[slot])), messages[at] as T));
      // What the application gave as a Date, the row has as a text: of one key there is no doubt.
      if (keys.length === 1 && messages.length === 1) return messages;
    }
    return keys.map((key) => found.get(keyText(key)));
  }

  select(query: Query, context: unknown): void {
    query.select([]);
    this.tree.applyTo(query, context);
  }

  rows(query: Query, access: CallAccess, window?: RowWindow): MaybePromise<readonly RawRow[]> {
    return this.run(query, access, window, (full) => this.complete(full, access.context));
  }

  private complete(query: Query, context: unknown): void {
    orderByKey(query);
    this.select(query, context);
  }

  /** @param complete adds the same in all calls */
  private run(
    query: Query,
    access: CallAccess,
    window: RowWindow | undefined,
    complete: (full: Query) => void,
    texts = this.texts.queries,
  ): MaybePromise<readonly RawRow[]> {
    const statement = this.tree.isScoped ? undefined : texts.find(query, complete, window);
    if (statement) return access.rows(statement.sql, statement.values, statement.names);
    const full = query.clone();
    complete(full);
    return selectRows(access, full, window);
  }

  /** Continues behind a row: `key > last`, part by part for composite keys. */
  private after(query: Query, last: RawRow): void {
    const columns = this.tree.metadata.primaryColumns;
    const path = ({ propertyPath }: Column): string => `${query.alias}.${propertyPath}`;
    const parts = columns.map((column, index) => {
      const equal = columns.slice(0, index).map((before, at) => `${path(before)} = :after${at}`);
      return `(${[...equal, `${path(column)} > :after${index}`].join(' AND ')})`;
    });
    query.andWhere(`(${parts.join(' OR ')})`);
    columns.forEach((_column, index) =>
      query.setParameter(`after${index}`, last[this.tree.keys[index] as number]),
    );
  }
}

/**
 * Rows -> messages: exactly the columns a serializer needs, to-one relations by join, to-many relations by one
 * query each for a whole page. Entities are made only for models whose loading somebody hears.
 */
import type { DataSource, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CallAccess } from './call-access.js';
import { Children } from './children.js';
import type { NamedRow, RawRow } from './column-reader.js';
import type { Column } from './column-types.js';
import { finishEntities, whyEntities } from './finish-entities.js';
import { exactKey, inChunks, keyText, whereKeys, type Key } from './keys.js';
import { counting, hasOrder, isPaged, isPlain, orderByKey } from './query-shape.js';
import { hasMethods, ObjectMessages, type FindSerializer } from './object-messages.js';
import type { Draft, Pending } from './read-parts.js';
import { ReadTree } from './read-tree.js';
import type { FindScope } from './row-scope.js';
import type { RowReader } from './row-reader.js';
import { selectRows, type RowWindow } from './select-rows.js';
import type { SerializerShape } from './shape.js';
import type { Shapes } from './shapes.js';
import { StatementTexts, type Question } from './statement-texts.js';

export type Query = SelectQueryBuilder<ObjectLiteral>;

/** Of rows that hold everything. */
const NOTHING_PENDING: Pending = { children: new Children(), loaded: [] };

/** Rows of one chunk of a stream. */
const STREAM_CHUNK = 500;

export interface ReadByKeysOptions {
  /** Rows that are marked as removed are among them. */
  readonly withDeleted?: boolean;
}

export class ReadPlan implements RowReader<Draft> {
  /** Why rows become entities on their way into messages; undefined: they do not. */
  readonly whyEntities: string | undefined;
  private readonly tree: ReadTree;
  private readonly texts = new StatementTexts();
  /** Of queries without an order, which look for certain keys. */
  private readonly textsByKeys = new StatementTexts();
  private readonly questions = new StatementTexts();
  private readonly counts = new StatementTexts();

  constructor(
    dataSource: DataSource,
    shapes: Shapes,
    shape: SerializerShape,
    readonly alias: string,
    scopeOf: FindScope,
    instanceOf: FindSerializer,
  ) {
    this.whyEntities = whyEntities(dataSource, shapes, shape);
    const withEntities = this.whyEntities !== undefined;
    const messages = hasMethods(shape, shapes) ? new ObjectMessages(shapes, instanceOf) : undefined;
    this.tree = ReadTree.ofSerializer({ dataSource, shapes, scopeOf, withEntities, messages }, shape, alias);
  }

  /** What a row of the model's table holds for a message, in TypeORM's terms; undefined: other tables do as well. */
  get ownColumns(): readonly string[] | undefined {
    const { joins, toMany, columns } = this.tree;
    const others = this.whyEntities !== undefined || joins.length > 0 || toMany.length > 0;
    return others ? undefined : columns;
  }

  /** The message of a row that holds `ownColumns`. */
  toMessage(row: RawRow): Draft {
    return this.tree.read(row, NOTHING_PENDING) as Draft;
  }

  /**
   * Messages of all rows of a query, ordered by key where the query has no order of its own.
   *
   * @param limit most messages; a query with limits of its own may give fewer
   */
  async read(query: Query, access: CallAccess, limit?: number): Promise<Draft[]> {
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
  async readByKeys(
    keys: readonly Key[],
    access: CallAccess,
    options: ReadByKeysOptions = {},
  ): Promise<Draft[]> {
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
  async *stream(query: Query, access: CallAccess): AsyncGenerator<readonly Draft[], void, undefined> {
    if (isPlain(query) && !hasOrder(query)) return yield* this.streamByKey(query, access);
    const { withDeleted } = query.expressionMap;
    for (const chunk of inChunks(await this.keysOf(query, access)))
      yield (await this.findByKeys(chunk, access, { withDeleted })).filter(
        (message) => message !== undefined,
      );
  }

  async ask(
    question: Question,
    access: CallAccess,
    window: RowWindow,
  ): Promise<readonly RawRow[] | undefined> {
    if (this.tree.isScoped) return undefined;
    const answer = this.questions.answer(question, this.tree.dataSource, window, (query) =>
      this.complete(query, undefined),
    );
    const statement = answer instanceof Promise ? await answer : answer;
    return statement && access.rows(statement.sql, statement.values, statement.names);
  }

  async count(question: Question, access: CallAccess): Promise<number | undefined> {
    const statement = await this.counts.answer(question, this.tree.dataSource, undefined, counting);
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
  ): AsyncGenerator<readonly Draft[], void, undefined> {
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
  ): Promise<(Draft | undefined)[]> {
    const { metadata, keys: slots } = this.tree;
    const found = new Map<string, Draft>();
    for (const chunk of inChunks(keys)) {
      const query = await access.run(async (manager) =>
        manager.createQueryBuilder<ObjectLiteral>(metadata.target, this.alias),
      );
      if (withDeleted) query.withDeleted();
      whereKeys(query, this.alias, metadata.primaryColumns, chunk);
      const select = (full: Query): void => this.select(full, access.context);
      const rows = await this.run(query, access, undefined, select, this.textsByKeys);
      const messages = await this.toItems(rows, access);
      rows.forEach((row, at) => found.set(keyText(slots.map((slot) => row[slot])), messages[at] as Draft));
      // What the application gave as a Date, the row has as a text: of one key there is no doubt.
      if (keys.length === 1 && messages.length === 1) return messages;
    }
    return keys.map((key) => found.get(keyText(key)));
  }

  select(query: Query, context: unknown): void {
    query.select([]);
    this.tree.applyTo(query, context);
  }

  async toItems(rows: readonly RawRow[], access: CallAccess): Promise<Draft[]> {
    const pending: Pending = { children: await Children.load(this.tree, rows, access), loaded: [] };
    const messages = rows.map((row) => this.tree.read(row, pending) as Draft);
    if (this.whyEntities) await finishEntities(this.tree.metadata, messages, pending.loaded, access);
    return messages;
  }

  rows(query: Query, access: CallAccess, window?: RowWindow): Promise<readonly RawRow[]> {
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
    texts = this.texts,
  ): Promise<readonly RawRow[]> {
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

/** The rows of a query as paginators read them: by place, or behind a row. */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { OrderTerm } from '../filters/listing.js';
import { orderExpression } from '../filters/ordering-filter.js';
import { StatementNames } from '../filters/path-conditions.js';
import { invalidCursor } from '../pagination/cursor-token.js';
import { reversed, stretchesAfter, type KeysetTerm, type Stretch } from '../pagination/keyset.js';
import type { PageSource, Position, Seek, Slice } from '../pagination/page-source.js';
import type { GrpcContext } from '../request/grpc-context.js';
import type { CallAccess } from '../serialization/call-access.js';
import { isSqlite, type RawRow } from '../serialization/column-reader.js';
import { isRoundedByDriver, type Key } from '../serialization/keys.js';
import type { MaybePromise } from '../serialization/maybe-promise.js';
import { asPlain, bracketed, counting, isPaged, isPlain } from '../serialization/query-shape.js';
import type { RowReader } from '../serialization/row-reader.js';
import { Bound, selectRows } from '../serialization/select-rows.js';
import type { Question } from '../serialization/statement-texts.js';

type Query = SelectQueryBuilder<ObjectLiteral>;

interface SortTerm extends KeysetTerm {
  /** SQL that gives the value as exactly as it is compared. */
  readonly exact: string;
}

/** Where the rows of a list come from: with the conditions and the order that the request asks for. */
export interface ListRows {
  /** Undefined: it takes the query. */
  readonly question: Question | undefined;
  readonly query: () => Promise<unknown>;
}

export class QueryPages<T> implements PageSource<T> {
  private made: Promise<Query> | undefined;
  private readKeys: Promise<readonly Key[]> | undefined;

  /**
   * @param list where they come from
   * @param order what the list is ordered by, before its key
   * @param identity what decides which rows the list has, as JSON
   */
  constructor(
    private readonly list: ListRows,
    private readonly reader: RowReader<T>,
    private readonly access: CallAccess,
    private readonly order: readonly OrderTerm[],
    private readonly identity: () => unknown,
    readonly maxPageSize: number,
  ) {}

  get fingerprint(): string {
    const order = this.order.map(({ path, descending }) => [path.name, descending]);
    return JSON.stringify([this.identity(), order]);
  }

  async count(): Promise<number> {
    const { question } = this.list;
    const known = question && (await this.reader.count?.(question, this.access));
    if (known !== undefined) return known;
    const query = await this.query();
    if (!isPlain(query)) return (await this.keys()).length;
    const [row] = await selectRows(this.access, counting(query.clone()));
    return Number(row?.[0]);
  }

  async slice(offset: number, limit: number): Promise<Slice<T>> {
    const { question } = this.list;
    const window = { limit: limit + 1, offset };
    const known = question && (await this.reader.ask?.(question, this.access, window));
    if (known) return this.sliced(known, limit);
    const query = await this.query();
    if (isPlain(query)) return this.sliced(await this.reader.rows(query, this.access, window), limit);
    const keys = await this.keys();
    const { withDeleted } = query.expressionMap;
    const wanted = keys.slice(offset, offset + limit);
    const objects = await this.reader.readByKeys(wanted, this.access, { withDeleted });
    return { objects, more: keys.length > offset + limit };
  }

  async seek({ from, inclusive = false, backward = false, limit }: Seek): Promise<{
    objects: readonly T[];
    positions: readonly Position[];
  }> {
    const base = await this.plain();
    const { query, terms } = this.ordered(base);
    if (from && from.length !== terms.length) throw invalidCursor(this.access.context as GrpcContext);
    const wanted = backward ? reversed(terms) : terms;
    this.reader.select(query, this.access.context);
    const width = query.expressionMap.selects.length;
    terms.forEach(({ exact }, index) => query.addSelect(exact, `p${index}`));
    query.orderBy();
    for (const { sql, descending } of wanted) query.addOrderBy(sql, descending ? 'DESC' : 'ASC');
    const nulls = isSqlite(query.connection) ? 'least' : 'greatest';
    const stretches = from ? stretchesAfter(wanted, from, inclusive, nulls) : [undefined];
    const rows: RawRow[] = [];
    for (const stretch of stretches)
      if (rows.length < limit) rows.push(...(await this.read(query, stretch, limit - rows.length)));
    if (backward) rows.reverse();
    return {
      objects: await this.reader.toItems(rows, this.access),
      positions: rows.map((row) => row.slice(width)),
    };
  }

  private async sliced(rows: readonly RawRow[], limit: number): Promise<Slice<T>> {
    const more = rows.length > limit;
    return { objects: await this.reader.toItems(more ? rows.slice(0, limit) : rows, this.access), more };
  }

  private query(): Promise<Query> {
    this.made ??= this.list.query() as unknown as Promise<Query>;
    return this.made;
  }

  private read(query: Query, stretch: Stretch | undefined, limit: number): MaybePromise<readonly RawRow[]> {
    const narrowed = query.clone();
    const names = new StatementNames(narrowed, 'k');
    if (stretch) bracketed(narrowed).andWhere(stretch((value) => names.bind(new Bound(value))));
    return selectRows(this.access, narrowed, { limit });
  }

  /** The order's columns, then the key, which makes it total. */
  private ordered(base: Query): { query: Query; terms: readonly SortTerm[] } {
    const query = base.clone();
    const names = new StatementNames(query, 'o');
    const metadata = query.expressionMap.mainAlias?.metadata;
    const terms = this.order.map(({ path, descending }): SortTerm => {
      const sql =
        path.steps.length === 0
          ? columnSql(query, path.column.databaseName)
          : orderExpression(query, path, this.access.context, names);
      const text = isRoundedByDriver(path.dataSource, typed(path.column));
      return {
        sql,
        descending,
        nullable: path.column.isNullable || path.steps.length > 0,
        exact: text ? `CAST(${sql} AS TEXT)` : sql,
      };
    });
    const known = new Set(terms.map(({ sql }) => sql));
    const descending = terms.at(-1)?.descending ?? false;
    for (const column of metadata?.primaryColumns ?? []) {
      const sql = columnSql(query, column.databaseName);
      const exact = isRoundedByDriver(query.connection, typed(column)) ? `CAST(${sql} AS TEXT)` : sql;
      if (!known.has(sql)) terms.push({ sql, descending, nullable: false, exact });
    }
    return { query, terms };
  }

  private async plain(): Promise<Query> {
    const query = await this.query();
    if (isPlain(query)) return query;
    const target = query.expressionMap.mainAlias?.metadata.target ?? '';
    const { alias } = query;
    const fresh = await this.access.run(async (manager) =>
      manager.createQueryBuilder<ObjectLiteral>(target, alias),
    );
    // TypeORM's own limits need entities and cannot stand in a condition.
    if (isPaged(query)) throw new Error(TAKE_WITH_CURSOR);
    return asPlain(query, fresh);
  }

  private keys(): Promise<readonly Key[]> {
    this.readKeys ??= this.query().then((query) => this.reader.keysOf(query, this.access));
    return this.readKeys;
  }
}

const TAKE_WITH_CURSOR =
  'getQuery() sets take() or skip(), which a cursor cannot go on from. Use limit() and offset(), or another paginator.';

function columnSql(query: Query, databaseName: string): string {
  return `${query.escape(query.alias)}.${query.escape(databaseName)}`;
}

/** A foreign key is as exact as what it refers to. */
function typed<C extends { referencedColumn: C | undefined }>(column: C): C {
  return column.referencedColumn ? typed(column.referencedColumn) : column;
}

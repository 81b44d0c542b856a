/**
 * Rows as arrays, straight from the driver where it gives them so: objects for rows cost more than the rows. Statements
 * are logged, and fail, as TypeORM's own do. Where somebody listens to statements, or times them, TypeORM runs them.
 */
import { createHash } from 'node:crypto';
import { QueryFailedError, type DataSource, type EntityManager, type QueryRunner } from 'typeorm';

type Rows = readonly (readonly unknown[])[];

/** Runs a SELECT on a connection. */
export interface RowSource {
  /**
   * @param runner the connection of the call's transaction; undefined: whichever is free
   * @param names of the selected expressions, in the order that rows shall have
   */
  rows(
    runner: QueryRunner | undefined,
    sql: string,
    values: readonly unknown[],
    names: readonly string[],
  ): Rows | Promise<Rows>;
}

/** The row source of a data source, found anew when its connection or its subscribers are others. */
export class RowSources {
  private found: RowSource | undefined;
  private connection: unknown;
  private subscribers = -1;

  /** @param prepared whether PostgreSQL prepares statements, see the option `preparedStatements` */
  constructor(
    private readonly dataSource: DataSource,
    private readonly prepared: boolean,
  ) {}

  /** Undefined when TypeORM has to run the statements. */
  find(): RowSource | undefined {
    const { subscribers } = this.dataSource;
    const driver = this.dataSource.driver as Driver;
    const connection = driver.databaseConnection ?? driver.master;
    if (connection === this.connection && subscribers.length === this.subscribers) return this.found;
    this.connection = connection;
    this.subscribers = subscribers.length;
    this.found = this.make(driver);
    return this.found;
  }

  private make({ databaseConnection, master }: Driver): RowSource | undefined {
    const options = this.dataSource.options as Options;
    if (options.maxQueryExecutionTime) return undefined;
    if (this.dataSource.subscribers.some((each) => each.beforeQuery ?? each.afterQuery)) return undefined;
    if (options.type === 'better-sqlite3' && typeof databaseConnection?.prepare === 'function')
      return new SqliteRows(this.dataSource, databaseConnection);
    if (options.type === 'postgres' && !options.replication && typeof master?.query === 'function')
      return new PostgresRows(this.dataSource, master, this.prepared);
    return undefined;
  }
}

/** Rows as TypeORM gives them -> arrays. */
export async function rowsOf(
  manager: EntityManager,
  sql: string,
  values: readonly unknown[],
  names: readonly string[],
): Promise<Rows> {
  const rows = await manager.query<Readonly<Record<string, unknown>>[]>(sql, [...values]);
  return rows.map((row) => names.map((name) => row[name]));
}

/** What of TypeORM's options and drivers is looked at; each driver has its own type. */
interface Options {
  readonly type: string;
  readonly maxQueryExecutionTime?: number;
  readonly replication?: unknown;
}

interface Driver {
  readonly databaseConnection?: SqliteConnection;
  readonly master?: PostgresConnection;
}

interface SqliteConnection {
  prepare(sql: string): SqliteStatement;
}

interface SqliteStatement {
  raw(on: boolean): SqliteStatement;
  all(...values: unknown[]): Rows;
  columns(): readonly { readonly name: string }[];
}

interface PostgresConnection {
  query(query: {
    readonly name?: string;
    readonly text: string;
    readonly values: unknown[];
    readonly rowMode: 'array';
  }): Promise<{ readonly rows: Rows; readonly fields: readonly { readonly name: string }[] }>;
}

/** Prepared statements that are kept; the oldest are forgotten first. */
const MOST = 200;

class SqliteRows implements RowSource {
  private readonly statements = new Map<
    string,
    { statement: SqliteStatement; reorder: Reorder | undefined }
  >();

  constructor(
    private readonly dataSource: DataSource,
    private readonly connection: SqliteConnection,
  ) {}

  rows(_runner: unknown, sql: string, values: readonly unknown[], names: readonly string[]): Rows {
    const bound = values.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    this.dataSource.logger.logQuery(sql, bound);
    try {
      const { statement, reorder } = this.prepared(sql, names);
      const rows = statement.all(...bound);
      return reorder ? reorder(rows) : rows;
    } catch (error) {
      throw failed(this.dataSource, error, sql, bound);
    }
  }

  private prepared(sql: string, names: readonly string[]) {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.connection.prepare(sql).raw(true);
    const given = statement.columns().map(({ name }) => name);
    const prepared = { statement, reorder: reorderOf(given, names) };
    forgetOldest(this.statements);
    this.statements.set(sql, prepared);
    return prepared;
  }
}

/** SQLSTATE of prepared statements that no longer fit; see the appendix of PostgreSQL's manual. */
const OTHER_RESULT = '0A000';
const NO_SUCH_STATEMENT = '26000';
const STATEMENT_EXISTS = '42P05';

interface PreparedText {
  /** Of the text, so that it means the same on every connection; undefined: it is sent as it is. */
  readonly name: string | undefined;
  reorder?: Reorder | undefined;
  /** Whether rows have come, so that it is known what order they have. */
  seen: boolean;
}

class PostgresRows implements RowSource {
  private readonly known = new Map<string, PreparedText>();
  /** How often texts had to be prepared anew, because the schema changed. */
  private schema = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly pool: PostgresConnection,
    private prepared: boolean,
  ) {}

  async rows(
    runner: QueryRunner | undefined,
    text: string,
    values: readonly unknown[],
    names: readonly string[],
    mended = false,
  ): Promise<Rows> {
    const bound = [...values];
    this.dataSource.logger.logQuery(text, bound, runner);
    const statement = this.statementOf(text);
    const { name } = statement;
    try {
      const connection = runner ? ((await runner.connect()) as PostgresConnection) : this.pool;
      const named = this.prepared && name !== undefined ? { name } : {};
      const { rows, fields } = await connection.query({ ...named, text, values: bound, rowMode: 'array' });
      if (!statement.seen) {
        const given = fields.map((field) => field.name);
        Object.assign(statement, { seen: true, reorder: reorderOf(given, names) });
      }
      return statement.reorder ? statement.reorder(rows) : rows;
    } catch (error) {
      if (!runner && !mended && this.canMend(error)) return this.rows(runner, text, values, names, true);
      throw failed(this.dataSource, error, text, bound, runner);
    }
  }

  /** The server keeps prepared statements as long as the connection lives; beyond some, texts go as they are. */
  private statementOf(text: string): PreparedText {
    const known = this.known.get(text);
    if (known) return known;
    if (this.known.size >= MOST) return { name: undefined, seen: false };
    const digest = createHash('sha256').update(`${this.schema} ${text}`).digest('base64url');
    const statement: PreparedText = { name: `socio_${digest}`, seen: false };
    this.known.set(text, statement);
    return statement;
  }

  /** Whether a statement failed only because it was prepared: for another schema, or on another connection of a pooler. */
  private canMend(error: unknown): boolean {
    const { code } = error as { readonly code?: unknown };
    if (!this.prepared) return false;
    if (code === OTHER_RESULT) {
      this.schema += 1;
      this.known.clear();
      return true;
    }
    if (code !== NO_SUCH_STATEMENT && code !== STATEMENT_EXISTS) return false;
    this.prepared = false;
    return true;
  }
}

type Reorder = (rows: Rows) => Rows;

/** TypeORM selects columns of the model in the model's order, whatever order they were asked for. */
function reorderOf(given: readonly string[], wanted: readonly string[]): Reorder | undefined {
  if (given.every((name, index) => name === wanted[index])) return undefined;
  const places = wanted.map((name) => given.indexOf(name));
  return (rows) => rows.map((row) => places.map((place) => row[place]));
}

function forgetOldest(known: Map<string, unknown>): void {
  const [oldest] = known.keys();
  if (known.size >= MOST && oldest !== undefined) known.delete(oldest);
}

function failed(
  { logger }: DataSource,
  error: unknown,
  sql: string,
  values: unknown[],
  runner?: QueryRunner,
): QueryFailedError {
  logger.logQueryError(error as Error, sql, values, runner);
  return new QueryFailedError(sql, values, error as Error);
}

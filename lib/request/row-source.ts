/**
 * Rows as arrays, straight from the driver where it gives them so: objects for rows cost more than the rows. Statements
 * are logged, and fail, as TypeORM's own do. Where somebody listens to statements, or times them, TypeORM runs them.
 */
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { PostgresRows, type PostgresPool } from './postgres-rows.js';
import type { Rows } from './driver-rows.js';
import { isSqlite } from '../serialization/column-reader.js';
import { areSameSubscribers } from '../serialization/listeners.js';
import { bindable, SqliteRows, type SqliteConnection } from './sqlite-rows.js';

type NamedRows = readonly Readonly<Record<string, unknown>>[];

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
  /**
   * The rows that a statement gives back which writes.
   *
   * @param proceed throws when the statement must not run any more; asked when it could
   */
  write(runner: QueryRunner | undefined, write: BoundWrite, proceed: () => void): Rows | Promise<Rows>;
}

export interface BoundSql {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A statement that writes and gives back what it wrote. */
export interface BoundWrite extends BoundSql {
  /** Of the expressions that it gives back, in the order that rows shall have. */
  readonly names: readonly string[];
  /** Statements before it: nothing is written unless each of them gives a row. */
  readonly asks: readonly BoundSql[];
}

/** The row source of a data source, found anew when its connection or its subscribers are others. */
export class RowSources {
  private found: RowSource | undefined;
  private connection: unknown;
  private subscribers: DataSource['subscribers'] = [];

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
    if (connection === this.connection && areSameSubscribers(subscribers, this.subscribers))
      return this.found;
    this.connection = connection;
    this.subscribers = [...subscribers];
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
  const bound = isSqlite(manager.connection) ? values.map(bindable) : [...values];
  const result = await manager.query<NamedRows | readonly [rows: NamedRows, affected: number]>(sql, bound);
  const [first] = result;
  // On PostgreSQL TypeORM gives rows that were changed or removed with their number.
  const rows = Array.isArray(first) ? (first as NamedRows) : (result as NamedRows);
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
  readonly master?: PostgresPool;
}

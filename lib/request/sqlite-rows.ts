/** Rows straight from better-sqlite3, by prepared statements. */
import type { DataSource, QueryRunner } from 'typeorm';
import { BoundedMap } from '../serialization/bounded-map.js';
import { momentText } from '../serialization/column-binder.js';
import { failed, MOST, reorderOf, type Reorder, type Rows } from './driver-rows.js';
import type { BoundWrite, RowSource } from './row-source.js';

const NO_ROWS: Rows = [];
const NO_NAMES: readonly string[] = [];

export interface SqliteConnection {
  prepare(sql: string): SqliteStatement;
}

interface SqliteStatement {
  raw(on: boolean): SqliteStatement;
  all(...values: unknown[]): Rows;
  columns(): readonly { readonly name: string }[];
}

export class SqliteRows implements RowSource {
  private readonly statements = new BoundedMap<
    string,
    { statement: SqliteStatement; reorder: Reorder | undefined }
  >(MOST);

  constructor(
    private readonly dataSource: DataSource,
    private readonly connection: SqliteConnection,
  ) {}

  rows(_runner: unknown, sql: string, values: readonly unknown[], names: readonly string[]): Rows {
    // Whoever logs JSON cannot take a bigint.
    const bound = values.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    this.dataSource.logger.logQuery(sql, bound);
    try {
      const { statement, reorder } = this.prepared(sql, names);
      const rows = statement.all(...values.map(bindable));
      return reorder ? reorder(rows) : rows;
    } catch (error) {
      throw failed(this.dataSource, error, sql, bound);
    }
  }

  /** All of it runs at once: nothing comes in between. */
  write(runner: QueryRunner | undefined, { sql, values, names, asks }: BoundWrite): Rows {
    for (const ask of asks) if (this.rows(runner, ask.sql, ask.values, NO_NAMES).length === 0) return NO_ROWS;
    return this.rows(runner, sql, values, names);
  }

  private prepared(sql: string, names: readonly string[]) {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.connection.prepare(sql).raw(true);
    const given = statement.columns().map(({ name }) => name);
    const prepared = { statement, reorder: reorderOf(given, names) };
    this.statements.set(sql, prepared);
    return prepared;
  }
}

/**
 * What the driver is handed, as TypeORM has it written. The driver binds every number as REAL, which a column of texts
 * keeps as "5.0"; TypeORM writes numbers into the SQL text.
 */
export function bindable(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Date) return momentText(value) ?? String(value);
  return Number.isInteger(value) && Math.abs(value as number) < LARGEST ? BigInt(value as number) : value;
}

const LARGEST = 2 ** 63;

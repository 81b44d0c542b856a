/** Rows straight from better-sqlite3, by prepared statements. */
import type { DataSource, QueryRunner } from 'typeorm';
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
    forgetOldest(this.statements);
    this.statements.set(sql, prepared);
    return prepared;
  }
}

function forgetOldest(known: Map<string, unknown>): void {
  const [oldest] = known.keys();
  if (known.size >= MOST && oldest !== undefined) known.delete(oldest);
}

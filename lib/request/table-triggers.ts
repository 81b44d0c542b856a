/** Tables whose rows triggers may change behind a statement's back. */
import type { DataSource, EntityMetadata } from 'typeorm';

/** PostgreSQL's `RETURNING` shows what triggers before the row's change did, SQLite's shows nothing that any did. */
const STATEMENTS: Readonly<Record<string, string>> = {
  'better-sqlite3': `SELECT lower("tbl_name") AS "name" FROM "sqlite_master" WHERE "type" = 'trigger'`,
  postgres:
    'SELECT lower(c.relname) AS "name" FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid ' +
    'WHERE NOT t.tgisinternal AND t.tgtype & 2 = 0',
};

export class TableTriggers {
  private constructor(private readonly tables: ReadonlySet<string>) {}

  /** Looks once; triggers that come later are not known. Without a connection there is nothing to know. */
  static async of(dataSource: DataSource): Promise<TableTriggers> {
    const statement = STATEMENTS[dataSource.options.type];
    if (!statement || !dataSource.isInitialized) return new TableTriggers(new Set());
    const rows = await dataSource.query<{ readonly name: string }[]>(statement);
    return new TableTriggers(new Set(rows.map(({ name }) => name)));
  }

  /** Also true for a table of this name in another schema. */
  areOn({ tablePath }: EntityMetadata): boolean {
    return this.tables.has((tablePath.split('.').at(-1) ?? tablePath).toLowerCase());
  }
}

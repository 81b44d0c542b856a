/** Triggers of tables that do something behind a statement's back, or in its place. */
import type { DataSource, EntityMetadata } from 'typeorm';

export type TriggeredWrite = 'insert' | 'update' | 'remove';

/** Flags are 0 and 1 on SQLite. */
interface TriggerRow extends Readonly<Record<TriggeredWrite, boolean | number>> {
  /** In lower case. */
  readonly table: string;
  readonly late: boolean | number;
}

/**
 * For each trigger whether it comes after what `RETURNING` shows, and which writes it can keep from a row. PostgreSQL shows
 * what triggers before the row's change did, and leaves the row out when one returns NULL: most say that they return the
 * row. SQLite shows nothing that any did, and leaves a row out by `RAISE(IGNORE)`.
 */
const STATEMENTS: Readonly<Record<string, string>> = {
  'better-sqlite3': `SELECT lower("tbl_name") AS "table", 1 AS "late", ${['insert', 'update', 'remove']
    .map((write) => `"sql" LIKE '%RAISE%IGNORE%' AS "${write}"`)
    .join(', ')} FROM "sqlite_master" WHERE "type" = 'trigger'`,
  postgres:
    `SELECT lower(c.relname) AS "table", t.tgtype & 2 = 0 AS "late", ` +
    `${keeps(4, 'new')} AS "insert", ${keeps(16, 'new|old')} AS "update", ${keeps(8, 'old')} AS "remove" ` +
    'FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid ' +
    'JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid JOIN pg_catalog.pg_language l ON l.oid = p.prolang ' +
    'WHERE NOT t.tgisinternal',
};

/**
 * Whether a trigger for rows, before or instead of their change, can return nothing.
 *
 * @see https://www.postgresql.org/docs/current/catalog-pg-trigger.html for the bits of `tgtype`
 * @param event its bit
 * @param rows what there is a row behind
 */
function keeps(event: number, rows: string): string {
  const returnsOther = `(l.lanname <> 'plpgsql' OR p.prosrc ~* '\\mreturn\\M(?!\\s+(${rows})\\M)')`;
  return `(t.tgtype & ${event} <> 0 AND t.tgtype & 1 <> 0 AND t.tgtype & 66 <> 0 AND ${returnsOther})`;
}

export class TableTriggers {
  private constructor(private readonly triggers: readonly TriggerRow[]) {}

  /** Looks once; triggers that come later are not known. Without a connection there is nothing to know. */
  static async of(dataSource: DataSource): Promise<TableTriggers> {
    const statement = STATEMENTS[dataSource.options.type];
    if (!statement || !dataSource.isInitialized) return new TableTriggers([]);
    return new TableTriggers(await dataSource.query<TriggerRow[]>(statement));
  }

  /** Whether one may change a row after it was given back. Also true for a table of this name in another schema. */
  areLateOn(metadata: EntityMetadata): boolean {
    return this.on(metadata).some(({ late }) => Boolean(late));
  }

  /** Whether one may keep a write from a row, and do something else: that no row comes back does not say that nothing was done. */
  mayReplace(write: TriggeredWrite, metadata: EntityMetadata): boolean {
    const statement = write === 'remove' && metadata.deleteDateColumn ? 'update' : write;
    return this.on(metadata).some((trigger) => Boolean(trigger[statement]));
  }

  private on({ tablePath }: EntityMetadata): readonly TriggerRow[] {
    const name = (tablePath.split('.').at(-1) ?? tablePath).toLowerCase();
    return this.triggers.filter(({ table }) => table === name);
  }
}

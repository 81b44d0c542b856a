/** Columns as both databases have them, for migrations. */
import type { QueryRunner, TableColumnOptions, TableForeignKeyOptions } from 'typeorm';

export const key: TableColumnOptions = {
  name: 'id',
  type: 'integer',
  isPrimary: true,
  isGenerated: true,
  generationStrategy: 'increment',
};

export function text(
  name: string,
  length: number,
  options: Partial<TableColumnOptions> = {},
): TableColumnOptions {
  return { name, type: 'varchar', length: String(length), ...options };
}

export function integer(name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions {
  return { name, type: 'integer', ...options };
}

export function date(name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions {
  return { name, type: 'date', ...options };
}

/** A type of its own in PostgreSQL, a check of the text in SQLite. */
export function choice(name: string, members: readonly string[], standard: string): TableColumnOptions {
  return { name, type: 'simple-enum', enum: [...members], default: `'${standard}'` };
}

/** When a row was stored. */
export function created(name: string, { dataSource }: QueryRunner): TableColumnOptions {
  const { createDate, createDateDefault, createDatePrecision } = dataSource.driver.mappedDataTypes;
  return {
    name,
    type: String(createDate),
    default: createDateDefault,
    ...(createDatePrecision !== undefined && { precision: createDatePrecision }),
  };
}

export function reference(
  column: string,
  table: string,
  onDelete = 'NO ACTION',
  referenced = 'id',
): TableForeignKeyOptions {
  return {
    columnNames: [column],
    referencedTableName: table,
    referencedColumnNames: [referenced],
    onDelete,
  };
}

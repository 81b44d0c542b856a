/**
 * Values by model property -> values of columns as the driver is handed them. What no column of the row stands for
 * makes the write one for TypeORM.
 */
import { randomUUID } from 'node:crypto';
import type { EntityMetadata } from 'typeorm';
import { bindColumn, type BindValue } from '../../serialization/column-binder.js';
import { isSqlite } from '../../serialization/column-reader.js';
import type { Column, Relation } from '../../serialization/column-types.js';

type Values = Readonly<Record<string, unknown>>;

/** The values of one row. */
export interface BoundRow {
  /** A sign for each column: whether it has a value, and whether what it refers to is to be looked for. */
  readonly shape: string;
  /** In the order of the columns. */
  readonly values: unknown[];
}

export const ABSENT = '0';
export const PRESENT = '1';
export const REFERRING = '2';

interface WrittenColumn {
  readonly column: Column;
  readonly relation: Relation | undefined;
  readonly get: (values: Values) => unknown;
  readonly bind: BindValue;
  /** Of a column that was not given a value; undefined: none, the database has it. */
  readonly standIn: (() => unknown) | undefined;
}

export class RowValues {
  readonly columns: readonly Column[];
  private readonly written: readonly WrittenColumn[];
  private readonly known: ReadonlySet<string>;

  /** @param ignored properties that are for hooks, and in no row */
  constructor(metadata: EntityMetadata, write: 'insert' | 'update', ignored: readonly string[]) {
    this.written = metadata.columns
      .filter(
        (column) => !column.isVirtualProperty && (write === 'insert' ? column.isInsert : column.isUpdate),
      )
      .map((column) => writtenColumn(column, write));
    this.columns = this.written.map(({ column }) => column);
    this.known = new Set([...ignored, ...propertiesOf(this.columns)]);
  }

  /**
   * @param unchecked relations of which nobody knows whether what they name is there
   * @returns undefined when the values say something that columns of the row cannot hold
   */
  read(values: Values, unchecked: readonly Relation[] = []): BoundRow | undefined {
    for (const property in values)
      if (!this.known.has(property) && values[property] !== undefined) return undefined;
    const bound: unknown[] = [];
    let shape = '';
    for (const { relation, get, bind, standIn } of this.written) {
      const given = get(values);
      // SQL of the application's own.
      if (typeof given === 'function') return undefined;
      const value = given === undefined ? standIn?.() : bind(given);
      bound.push(value);
      if (value === undefined) shape += ABSENT;
      else shape += relation && unchecked.includes(relation) ? REFERRING : PRESENT;
    }
    return { shape, values: bound };
  }
}

function writtenColumn(column: Column, write: 'insert' | 'update'): WrittenColumn {
  const bind = bindColumn(column);
  const relation = column.relationMetadata;
  const standIn = write === 'insert' ? standInOf(column, bind) : undefined;
  return { column, relation, get: valueOf(column, relation), bind, standIn };
}

/** What TypeORM gives a new row where nothing was given. */
function standInOf(column: Column, bind: BindValue): (() => unknown) | undefined {
  const { dataSource } = column.entityMetadata;
  if (column.transformer) return () => bind(undefined);
  const uuid = column.isGenerated && column.generationStrategy === 'uuid';
  return uuid && isSqlite(dataSource) ? randomUUID : undefined;
}

function valueOf(column: Column, relation: Relation | undefined): (values: Values) => unknown {
  const { propertyName, referencedColumn } = column;
  if (column.embeddedMetadata) return (values) => column.getEntityValue(values) as unknown;
  if (!relation || !referencedColumn) return (values) => values[propertyName];
  const path = relation.propertyName;
  return (values) => {
    const target = values[path] === undefined ? values[propertyName] : values[path];
    const isObject = typeof target === 'object' && target !== null && !(target instanceof Date);
    return isObject && !Buffer.isBuffer(target) ? referencedColumn.getEntityValue(target) : target;
  };
}

/** Where values of these columns are in an object. */
function propertiesOf(columns: readonly Column[]): string[] {
  return columns.flatMap(({ propertyName, propertyPath, embeddedMetadata, relationMetadata }) => [
    embeddedMetadata ? (propertyPath.split('.')[0] ?? propertyName) : propertyName,
    ...(relationMetadata && !relationMetadata.embeddedMetadata ? [relationMetadata.propertyName] : []),
  ]);
}

/** The table of a model as SQL texts name it, and which of its rows there are. */
import type { EntityMetadata } from 'typeorm';
import type { Column } from '../../serialization/column-types.js';

export function tableName({ tablePath, dataSource }: EntityMetadata): string {
  return tablePath
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}

/** @param alias of the table; undefined: there is no other table around */
export function columnName(column: Column, alias?: string): string {
  const { driver } = column.entityMetadata.dataSource;
  const name = driver.escape(column.databaseName);
  return alias === undefined ? name : `${driver.escape(alias)}.${name}`;
}

/** A SQL text in the making, and where its values come from. */
export class TextBuilder {
  /** Numbers are places in a list of values, everything else is the same in all calls. */
  readonly places: (number | Constant)[] = [];

  constructor(private readonly dataSource: EntityMetadata['dataSource']) {}

  bind(place: number | Constant): string {
    this.places.push(place);
    return this.dataSource.driver.createParameter('', this.places.length - 1);
  }
}

export class Constant {
  constructor(readonly value: unknown) {}
}

/** Conditions beside the key, as TypeORM adds them to what it finds: not marked as removed, of the model's own kind. */
export function conditionsOfPresence(metadata: EntityMetadata, text: TextBuilder, alias?: string): string[] {
  const { deleteDateColumn, discriminatorColumn, parentEntityMetadata, childEntityMetadatas } = metadata;
  const conditions: string[] = [];
  if (deleteDateColumn) conditions.push(`${columnName(deleteDateColumn, alias)} IS NULL`);
  if (discriminatorColumn && parentEntityMetadata) {
    const kinds = [metadata, ...childEntityMetadatas.filter((child) => child.discriminatorColumn)];
    const values = kinds.map(({ discriminatorValue }) => text.bind(new Constant(discriminatorValue)));
    conditions.push(`${columnName(discriminatorColumn, alias)} IN (${values.join(', ')})`);
  }
  return conditions;
}

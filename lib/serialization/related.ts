/**
 * Keys and slugs of a request -> references to rows that exist. One query for each relation, however many keys
 * it has; what does not exist is an error of its field.
 */
import type { EntityManager, ObjectLiteral } from 'typeorm';
import type { FieldError } from '../errors/field-errors.js';
import { readColumn, type RawRow } from './column-reader.js';
import { columnTypeName, type Column, type Relation } from './column-types.js';
import type { Input } from './input.js';
import type { RunStatement } from './read-plan.js';
import type { SerializerShape, ShapeField } from './shape.js';

interface RelationField {
  readonly field: ShapeField;
  readonly relation: Relation;
  /** What the request names the target by: its key, or a slug. */
  readonly column: Column;
}

type Reference = Readonly<Record<string, unknown>>;

export class RelatedReader {
  private readonly fields: readonly RelationField[];

  constructor(shape: SerializerShape) {
    this.fields = shape.fields.flatMap((field) => {
      const { source } = field;
      const writable = source.kind === 'key' || source.kind === 'keys' || source.kind === 'slug';
      return writable && !field.readOnly ? [{ field, relation: source.relation, column: source.column }] : [];
    });
  }

  /** Replaces keys by references in `input.values`; moves what does not exist to `input.errors`. */
  async resolve(input: Input, run: RunStatement): Promise<void> {
    for (const relation of this.fields) {
      const { property } = relation.field;
      const value = input.values[property];
      if (value === undefined || value === null) continue;
      const wanted = relation.field.repeated ? (value as unknown[]) : [value];
      const found =
        wanted.length === 0 ? new Map<string, Reference>() : await findTargets(relation, wanted, run);
      const { column } = relation;
      const missing = wanted.filter((key) => !found.has(nameOf(column, key)));
      if (missing.length > 0) {
        delete input.values[property];
        input.errors[relation.field.name] = missing.map((key) => doesNotExist(relation, key));
        continue;
      }
      const references = wanted.map((key) => found.get(nameOf(column, key)));
      input.values[property] = relation.field.repeated ? references : references[0];
    }
  }
}

/**
 * The wanted targets that exist, by key or slug. Raw values, not entities: on SQLite those lose the last digits of
 * 64-bit keys.
 */
async function findTargets(
  { relation, column }: RelationField,
  wanted: readonly unknown[],
  run: RunStatement,
): Promise<Map<string, Reference>> {
  const target = relation.inverseEntityMetadata;
  const columns = [...new Set([column, ...target.primaryColumns, ...referencedColumns(relation)])];
  const rows = await run((manager: EntityManager) => {
    const query = manager.createQueryBuilder<ObjectLiteral>(target.target, 'target').select([]);
    columns.forEach((each, index) =>
      query.addSelect(readColumn(manager.connection, 'target', each).select, `c${index}`),
    );
    query.where(`target.${column.propertyPath} IN (:...wanted)`, { wanted: [...new Set(wanted)] });
    return query.getRawMany<RawRow>();
  });
  return new Map(
    rows.map((row) => [
      nameOf(column, row['c0']),
      Object.assign({}, ...columns.map((each, index) => each.createValueMap(row[`c${index}`]))) as Reference,
    ]),
  );
}

/** What the foreign key holds, which need not be the target's key. */
function referencedColumns(relation: Relation): Column[] {
  return relation.isOwning
    ? relation.joinColumns.flatMap(({ referencedColumn }) => referencedColumn ?? [])
    : [];
}

/** The database finds some values whatever their case, and gives them back in its own. */
function nameOf(column: Column, value: unknown): string {
  const text = String(value);
  return /^(uuid|citext)$/.test(columnTypeName(column)) ? text.toLowerCase() : text;
}

/** In DRF's words for a key and for a slug. */
function doesNotExist({ relation, column }: RelationField, key: unknown): FieldError {
  const shown = String(key).slice(0, 30);
  const byKey = relation.inverseEntityMetadata.primaryColumns.includes(column);
  return {
    message: byKey
      ? `Invalid pk "${shown}" - object does not exist.`
      : `Object with ${column.propertyName}=${shown} does not exist.`,
    code: 'does_not_exist',
  };
}

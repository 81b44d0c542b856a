/**
 * Keys and slugs of a request -> references to rows that exist. One query for each relation, however many keys
 * it has; what does not exist is an error of its field.
 */
import type { EntityManager, ObjectLiteral } from 'typeorm';
import type { FieldError } from '../errors/field-errors.js';
import type { Column, Relation } from './column-types.js';
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
      const missing = wanted.filter((key) => !found.has(String(key)));
      if (missing.length > 0) {
        delete input.values[property];
        input.errors[relation.field.name] = missing.map((key) => doesNotExist(relation, key));
        continue;
      }
      const references = wanted.map((key) => found.get(String(key)));
      input.values[property] = relation.field.repeated ? references : references[0];
    }
  }
}

/** The wanted targets that exist, by key or slug. */
async function findTargets(
  { relation, column }: RelationField,
  wanted: readonly unknown[],
  run: RunStatement,
): Promise<Map<string, Reference>> {
  const target = relation.inverseEntityMetadata;
  const columns = [...new Set([...target.primaryColumns, column])];
  const rows = await run((manager: EntityManager) => {
    const query = manager
      .createQueryBuilder<ObjectLiteral>(target.target, 'target')
      .select(columns.map(({ propertyPath }) => `target.${propertyPath}`))
      .where(`target.${column.propertyPath} IN (:...wanted)`, { wanted: [...new Set(wanted)] });
    return query.getMany();
  });
  return new Map(
    rows.map((row) => [String(column.getEntityValue(row)), target.getEntityIdMap(row) as Reference]),
  );
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

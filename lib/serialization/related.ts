/**
 * Keys and slugs of a request -> references to rows that exist. One query for each relation, however many keys
 * it has; what does not exist is an error of its field.
 */
import type { ObjectLiteral } from 'typeorm';
import type { FieldError } from '../errors/field-errors.js';
import { clip, ECHO_LENGTH } from '../errors/text.js';
import { persistentValue, readColumn, type NamedRow } from './column-reader.js';
import { columnTypeName, type Column, type Relation } from './column-types.js';
import type { Input } from './input.js';
import type { CallAccess } from './call-access.js';
import { inChunks } from './keys.js';
import { localKey } from './read-place.js';
import { applyScope, type FindScope, type RowScope } from './row-scope.js';
import type { SerializerShape, ShapeField } from './shape.js';

/** Where targets are looked for. */
export interface TargetOptions {
  readonly relation: Relation;
  /** What the request names the target by: its key, or a slug. */
  readonly column: Column;
  /** Who is outside of it does not exist. */
  readonly scope: RowScope | undefined;
}

interface RelationField extends TargetOptions {
  readonly field: ShapeField;
  /** Whether a key is the whole reference, exactly as the target's row has it. */
  readonly plain: boolean;
}

export type Reference = Readonly<Record<string, unknown>>;

export class RelatedReader {
  private readonly fields: readonly RelationField[];

  constructor(shape: SerializerShape, scopeOf: FindScope) {
    this.fields = shape.fields.flatMap((field) => {
      const { source } = field;
      const writable = source.kind === 'key' || source.kind === 'keys' || source.kind === 'slug';
      return writable && !field.readOnly ? [relationField(field, source, scopeOf(field))] : [];
    });
  }

  /**
   * Replaces keys by references without a look whether their targets exist: that is left to the statement that writes.
   *
   * @returns whose keys these are; undefined when keys alone do not say what is to be written
   */
  assume({ values }: Input): readonly Relation[] | undefined {
    const unchecked: Relation[] = [];
    for (const { field, relation, column, plain } of this.fields) {
      const key = values[field.property];
      if (key === undefined || key === null) continue;
      if (!plain) return undefined;
      values[field.property] = column.createValueMap(key);
      unchecked.push(relation);
    }
    return unchecked;
  }

  /** Replaces keys by references in `values` of the inputs; moves what does not exist to their `errors`. */
  async resolve(inputs: readonly Input[], access: CallAccess): Promise<void> {
    for (const relation of this.fields) {
      const wanted = inputs.flatMap((input) => wantedBy(relation.field, input) ?? []);
      const targets = await findTargets(relation, wanted, access);
      for (const input of inputs) resolveOne(relation, input, targets);
    }
  }
}

function relationField(
  field: ShapeField,
  { kind, relation, column }: { readonly kind: string; readonly relation: Relation; readonly column: Column },
  scope: RowScope | undefined,
): RelationField {
  const plain = kind === 'key' && !scope && localKey(relation, column) !== undefined && isExact(column);
  return { field, relation, column, scope, plain };
}

/** Types whose values the database gives back as they were sent. */
function isExact(column: Column): boolean {
  const types = /^(int|int2|int4|int8|integer|smallint|bigint|varchar|text|uuid)$/;
  return !column.transformer && column.collation === undefined && types.test(columnTypeName(column));
}

function wantedBy(field: ShapeField, { values }: Input): readonly unknown[] | undefined {
  const value = values[field.property];
  if (value === undefined || value === null) return undefined;
  return field.repeated ? (value as unknown[]) : [value];
}

function resolveOne({ field, relation, column }: RelationField, input: Input, targets: Targets): void {
  const wanted = wantedBy(field, input);
  if (!wanted) return;
  const missing = wanted.filter((key) => !targets.has(key));
  if (missing.length > 0) {
    delete input.values[field.property];
    input.errors[field.name] = missing.map((key) => doesNotExist(relation, column, key));
    return;
  }
  // A target that is named twice is still one.
  const references = [...new Set(wanted.map((key) => targets.get(key)))];
  input.values[field.property] = field.repeated ? references : references[0];
}

/** Targets of a relation that exist, by what names them. */
export class Targets {
  constructor(
    private readonly column: Column,
    private readonly byName: ReadonlyMap<string, Reference>,
  ) {}

  has(name: unknown): boolean {
    return this.byName.has(nameOf(this.column, persistentValue(this.column, name)));
  }

  get(name: unknown): Reference | undefined {
    return this.byName.get(nameOf(this.column, persistentValue(this.column, name)));
  }
}

/**
 * The wanted targets that exist, by key or slug. Raw values, not entities: on SQLite those lose the last digits of
 * 64-bit keys.
 */
export async function findTargets(
  { relation, column, scope }: TargetOptions,
  wanted: readonly unknown[],
  access: CallAccess,
): Promise<Targets> {
  const target = relation.inverseEntityMetadata;
  const columns = [...new Set([column, ...target.primaryColumns, ...referencedColumns(relation)])];
  const found = new Map<string, Reference>();
  const names = [...new Set(wanted.map((name) => persistentValue(column, name)))];
  for (const chunk of inChunks(names.map((name) => [name]))) {
    const readers = columns.map((each) => readColumn(target.dataSource, 'target', each));
    const rows = await access.run((manager) => {
      const query = manager.createQueryBuilder<ObjectLiteral>(target.target, 'target').select([]);
      readers.forEach(({ select }, index) => query.addSelect(select, `c${index}`));
      query.where(`target.${column.propertyPath} IN (:...wanted)`, { wanted: chunk.flat() });
      if (scope) applyScope(query, 'target', target, scope, access.context);
      return query.getRawMany<NamedRow>();
    });
    for (const row of rows) {
      const parts = columns.map((each, index) =>
        each.createValueMap(readers[index]?.hydrate(row[`c${index}`])),
      );
      found.set(nameOf(column, row['c0']), Object.assign({}, ...parts) as Reference);
    }
  }
  return new Targets(column, found);
}

/** What the foreign key holds, which need not be the target's key. */
function referencedColumns({ isOwning, isManyToMany, joinColumns, inverseJoinColumns }: Relation): Column[] {
  const columns = isManyToMany ? inverseJoinColumns : joinColumns;
  return isOwning ? columns.flatMap(({ referencedColumn }) => referencedColumn ?? []) : [];
}

/** The database finds some values whatever their case, and gives them back in its own. */
function nameOf(column: Column, value: unknown): string {
  const text = String(value);
  return /^(uuid|citext)$/.test(columnTypeName(column)) ? text.toLowerCase() : text;
}

/** In DRF's words for a key and for a slug. */
export function doesNotExist(relation: Relation, column: Column, key: unknown): FieldError {
  const shown = clip(String(key), ECHO_LENGTH);
  const byKey = relation.inverseEntityMetadata.primaryColumns.includes(column);
  return {
    message: byKey
      ? `Invalid pk "${shown}" - object does not exist.`
      : `Object with ${column.propertyName}=${shown} does not exist.`,
    code: 'does_not_exist',
  };
}

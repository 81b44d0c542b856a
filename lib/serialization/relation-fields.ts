/** Fields that stand for relations: a key, a slug, or the related object itself. */
import type { EntityMetadata } from 'typeorm';
import { UNDEFINED_CLASS } from '../errors/setup-error.js';
import { factsOfColumn, isJson } from './column-facts.js';
import type { Column, Relation } from './column-types.js';
import { findSerializerDeclaration, type FieldDeclaration } from './declarations.js';
import type { FieldFacts, FieldTypes } from './field-types.js';
import { isSerializerClass, type SerializerClass } from './proto-serializer.js';
import { textFacts } from './related-text.js';
import type { FieldSource, ShapeFieldType } from './shape.js';

type NestedDeclaration = FieldDeclaration & { readonly kind: 'nested' };

/** A relation as the key, or as another property, of its target. */
export function relatedFacts(
  property: string,
  relation: Relation,
  declared: FieldDeclaration | undefined,
  types: FieldTypes,
): FieldFacts | undefined {
  const related = declared?.kind === 'related' ? declared : undefined;
  const slug = related?.options.slug;
  const target = relation.inverseEntityMetadata;
  const model = related?.model?.();
  if (model !== undefined && model !== target.target && nameOf(model) !== target.name)
    return types.problem(
      property,
      `leads to "${target.name}", not to "${nameOf(model)}". Correct the model, or "source".`,
    );
  if (related && related.options.text !== undefined) return textFacts(property, relation, related, types);
  if (related?.options.needs !== undefined)
    return types.problem(property, '"needs" is for what "text" reads. Leave it out.');
  const many = relation.isOneToMany || relation.isManyToMany;
  const column = slug === undefined ? target.primaryColumns[0] : target.findColumnWithPropertyPath(slug);
  if (!column || (slug === undefined && target.primaryColumns.length > 1))
    return types.problem(
      property,
      slug === undefined
        ? `"${target.name}" has no single key. Name one of its columns: @Related({ slug: '...' }).`
        : `"${target.name}" has no column "${slug}". Correct "slug".`,
    );
  const options = declared?.kind === 'field' || declared?.kind === 'related' ? declared.options : undefined;
  const readOnly = options?.readOnly ?? !relation.isOwning;
  if (!readOnly && (relation.isOneToMany || relation.isOneToOneNotOwner))
    return types.problem(
      property,
      `its keys are stored in "${target.name}", so they cannot be written here. Leave "readOnly" out, ` +
        "or say what requests may do: @Nested(() => ..., { write: ['connect'] }).",
    );
  if (!readOnly && linksWrongly(relation)) return types.problem(property, WRONG_LINKS);
  if (slug !== undefined && !readOnly && !isUnique(target, column))
    return types.problem(
      property,
      `"${slug}" is not unique in "${target.name}", so it cannot tell which one is meant. Make it unique, or set "readOnly".`,
    );
  const type = types.ofColumn(property, column);
  return (
    type && {
      type: type.type,
      repeated: many,
      source: relationSource(relation, column, slug !== undefined, many),
      nullable: !many && relation.isNullable,
      readOnly,
      key: relation.isPrimary,
    }
  );
}

/** A related object, or in a serializer without a model a part of the message, described by its own serializer. */
export function nestedFacts(
  property: string,
  source: string,
  declared: NestedDeclaration,
  metadata: EntityMetadata | undefined,
  types: FieldTypes,
): FieldFacts | undefined {
  const serializer = serializerGiven(property, declared.serializer, '@Nested(() => ...)', types);
  if (!serializer) return undefined;
  const type: ShapeFieldType = { kind: 'serializer', serializer };
  const { readOnly, write = [] } = declared.options;
  if (!metadata && write.length > 0)
    return types.problem(property, '"write" is for related objects of a model. Leave it out.');
  if (!metadata)
    return { type, repeated: declared.options.many ?? false, source: { kind: 'message' }, readOnly: false };
  const relation = metadata.findRelationWithPropertyPath(source);
  const column = relation ? undefined : metadata.findColumnWithPropertyPath(source);
  if (column && isJson(column)) return jsonFacts(property, column, serializer, declared, types);
  if (!relation)
    return types.problem(property, `model "${metadata.name}" has no relation "${source}". Correct "source".`);
  if (readOnly === false && write.length === 0)
    return types.problem(
      property,
      "what may requests do to the related objects? Say it, e.g. write: ['create', 'replace'].",
    );
  if (write.length > 0 && linksWrongly(relation)) return types.problem(property, WRONG_LINKS);
  const { depth } = declared.options;
  if (depth !== undefined && !(Number.isInteger(depth) && depth > 0))
    return types.problem(property, `"depth" is ${String(depth)}. Expected a whole number from 1 on.`);
  const many = relation.isOneToMany || relation.isManyToMany;
  const writes = new Set(write);
  return {
    type,
    repeated: many,
    source: { kind: 'nested', relation, many, writes, depth },
    nullable: !many && relation.isNullable,
    readOnly: writes.size === 0,
  };
}

/** Objects in a column of JSON, described by a serializer without a model. */
function jsonFacts(
  property: string,
  column: Column,
  serializer: SerializerClass,
  { options }: NestedDeclaration,
  types: FieldTypes,
): FieldFacts | undefined {
  if (findSerializerDeclaration(serializer)?.model)
    return types.problem(
      property,
      `"${column.propertyPath}" is a column of JSON, whose objects are of no model. Nest a serializer without one.`,
    );
  if (options.write)
    return types.problem(property, '"write" is for related objects of a model. Leave it out.');
  return {
    type: { kind: 'serializer', serializer },
    repeated: options.many ?? false,
    ...factsOfColumn(column),
  };
}

/** The decorator takes anything that JavaScript gives it. */
export function serializerGiven(
  property: string,
  find: unknown,
  example: string,
  types: FieldTypes,
): SerializerClass | undefined {
  if (isSerializerClass(find))
    return types.problem(
      property,
      `is given a class. Give a function: ${example.replace('...', () => find.name)}.`,
    );
  const serializer: unknown = typeof find === 'function' ? (find as () => unknown)() : find;
  if (serializer === undefined)
    return types.problem(property, `the serializer that it nests is undefined. ${UNDEFINED_CLASS}`);
  if (isSerializerClass(serializer) && findSerializerDeclaration(serializer)) return serializer;
  const shown = typeof serializer === 'function' ? serializer.name : String(serializer);
  return types.problem(property, `"${shown}" is no serializer. Put @ModelSerializer() on it.`);
}

/** TypeORM writes the owner's key into the table between both without its transformer. */
function linksWrongly({ isManyToMany, entityMetadata }: Relation): boolean {
  return isManyToMany && entityMetadata.primaryColumns.some(({ transformer }) => transformer !== undefined);
}

const WRONG_LINKS =
  'TypeORM links many-to-many relations wrongly where the key of the owner has a transformer. Set "readOnly", or give the model a key without one.';

/** Of a class, or of an `EntitySchema`. */
function nameOf(model: unknown): string {
  const { name, options } = model as { readonly name?: string; readonly options?: { readonly name: string } };
  return options?.name ?? name ?? String(model);
}

function isUnique(metadata: EntityMetadata, column: Column): boolean {
  const alone = ({ columns }: { columns: readonly Column[] }): boolean =>
    columns.length === 1 && columns[0] === column;
  return (
    (column.isPrimary && metadata.primaryColumns.length === 1) ||
    metadata.uniques.some(alone) ||
    metadata.indices.some((index) => index.isUnique && alone(index))
  );
}

function relationSource(relation: Relation, column: Column, slug: boolean, many: boolean): FieldSource {
  if (slug) return { kind: 'slug', relation, column, many };
  return { kind: many ? 'keys' : 'key', relation, column };
}

/**
 * A serializer and its model's metadata become a shape. Runs once at boot; problems are collected, never thrown one by
 * one.
 */
import type { EntityMetadata } from 'typeorm';
import { UNDEFINED_CLASS } from '../errors/setup-error.js';
import type { Column, Relation } from './column-types.js';
import {
  fieldDeclarationsOf,
  findSerializerDeclaration,
  type FieldDeclaration,
  type SerializerDeclaration,
} from './declarations.js';
import { FieldBuilder } from './field-builder.js';
import { readNeeds, type Needs } from './needs.js';
import { hasOwnToMessage, type Model, type SerializerClass } from './proto-serializer.js';
import type { ShapeContext } from './shape-context.js';
import type { SerializerShape, ShapeField } from './shape.js';

/**
 * Computes the shape of one serializer.
 *
 * Order of fields as in Django REST framework: a list is taken literally; else key, declared fields, columns,
 * relations.
 */
export function describeSerializer(
  serializer: SerializerClass,
  context: ShapeContext,
): SerializerShape | undefined {
  const declaration = findSerializerDeclaration(serializer);
  if (!declaration) {
    context.problems.push(
      `${serializer.name}: is no serializer yet. Put @ModelSerializer() or @Serializer() on the class.`,
    );
    return undefined;
  }
  if (declaration.kind === 'model' && !declaration.model) {
    context.problems.push(`${serializer.name}: its model is undefined. ${UNDEFINED_CLASS}`);
    return undefined;
  }
  const metadata = declaration.model && context.findMetadata(declaration.model, declaration.dataSource);
  if (declaration.model && !metadata) {
    context.problems.push(
      `${serializer.name}: model "${modelName(declaration.model)}" is in no data source` +
        (declaration.dataSource === undefined ? '' : ` "${declaration.dataSource}"`) +
        '. Add it to "entities" of TypeOrmModule.forRoot().',
    );
    return undefined;
  }
  const declared = new Map(fieldDeclarationsOf(serializer).map((field) => [field.property, field]));
  const builder = new FieldBuilder(serializer, declaration, metadata, context);
  const fields = fieldOrder(declaration, metadata, declared).flatMap(
    (property) => builder.build(property, declared.get(property)) ?? [],
  );
  return {
    serializer,
    metadata,
    fields: withoutClashes(serializer, fields, context.problems),
    listField: declaration.listField,
    description: declaration.description,
    listed: declaration.fields !== 'all',
    needs: metadata && ownNeeds(serializer, declaration, metadata, context),
  };
}

function ownNeeds(
  serializer: SerializerClass,
  { needs }: SerializerDeclaration,
  metadata: EntityMetadata,
  { problems }: ShapeContext,
): Needs | undefined {
  if (needs.length === 0) return undefined;
  if (!hasOwnToMessage(serializer))
    problems.push(
      `${serializer.name}: "needs" is for an overridden toMessage(), and there is none. Leave it out, or move it to @MethodField().`,
    );
  return readNeeds(metadata, needs, (path, model) =>
    problems.push(
      `${serializer.name}: needs "${path}", but model "${model}" has no such column or relation. Correct the path.`,
    ),
  );
}

export function modelName(model: Model): string {
  return 'name' in model ? model.name : model.options.name;
}

function fieldOrder(
  declaration: SerializerDeclaration,
  metadata: EntityMetadata | undefined,
  declared: ReadonlyMap<string, FieldDeclaration>,
): readonly string[] {
  if (declaration.fields !== 'all') return declaration.fields;
  if (!metadata) return [...declared.keys()];
  // Tables of inheritance hold the columns of child entities as well.
  const foreign = new Set(metadata.childEntityMetadatas.map(({ target }) => target));
  const columns = metadata.columns.filter(
    (column) =>
      column.isSelect &&
      !column.isDiscriminator &&
      (!column.relationMetadata || isKeyOfItsOwn(column)) &&
      !column.embeddedMetadata &&
      !foreign.has(column.target),
  );
  const order = [
    ...columns.filter((column) => column.isPrimary).map((column) => column.propertyName),
    ...declared.keys(),
    ...columns.map((column) => column.propertyName),
    ...metadata.embeddeds.map((embedded) => embedded.propertyName),
    ...metadata.relations
      .filter(
        (relation) =>
          relation.isOwning &&
          !relation.embeddedMetadata &&
          !foreign.has(relation.target) &&
          !isAllKeys(relation),
      )
      .map((relation) => relation.propertyName),
  ];
  return [...new Set(order)].filter((property) => !declaration.exclude.includes(property));
}

/** A key column with a property beside that of its relation: `@PrimaryColumn() orderId`. */
function isKeyOfItsOwn({ isPrimary, isVirtual, propertyName, relationMetadata }: Column): boolean {
  return isPrimary && !isVirtual && propertyName !== relationMetadata?.propertyName;
}

/** A relation that says the same as columns that are fields already. */
function isAllKeys({ joinColumns, isManyToMany }: Relation): boolean {
  return !isManyToMany && joinColumns.length > 0 && joinColumns.every(isKeyOfItsOwn);
}

/** The first field of each name; the others are reported. */
function withoutClashes(
  serializer: SerializerClass,
  fields: readonly ShapeField[],
  problems: string[],
): readonly ShapeField[] {
  const isPlain = fields.every(({ type }) => type.kind !== 'oneof');
  if (isPlain && new Set(fields.map(({ name }) => name)).size === fields.length) return fields;
  const seen = new Map<string, string>();
  return fields.filter((field) => {
    const names = namesIn(field);
    const clash = names.find(([name]) => seen.has(name));
    for (const [name, property] of names) if (!seen.has(name)) seen.set(name, property);
    if (!clash) return true;
    const [name, property] = clash;
    problems.push(
      `${serializer.name}: "${seen.get(name)}" and "${property}" both become field "${name}". Rename one: @Field({ name: '...' }).`,
    );
    return false;
  });
}

/** Names that a field takes in its message; a oneof and its members share them with all others. */
function namesIn({ name, property, type }: ShapeField): [name: string, property: string][] {
  const members = type.kind === 'oneof' ? type.members : [];
  return [[name, property], ...members.map((each): [string, string] => [each.name, each.property])];
}

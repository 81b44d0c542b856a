/**
 * A serializer and its model's metadata become a shape: the list of fields with everything that messages,
 * readers and validation need to know. Runs once at boot; problems are collected, never thrown one by one.
 */
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import { UNDEFINED_CLASS } from '../errors/setup-error.js';
import type { EnumDescriptor, ScalarType, WellKnownName, WrapperName } from '../proto/descriptors.js';
import type { ForeignFiles } from '../proto/foreign-files.js';
import type { Column, ConventionsName, Relation, ValueKind } from './column-types.js';
import {
  fieldDeclarationsOf,
  findSerializerDeclaration,
  type FieldDeclaration,
  type NestedWrite,
  type RowScopeClass,
  type SerializerDeclaration,
} from './declarations.js';
import { FieldBuilder } from './field-builder.js';
import { readNeeds, type Needs } from './needs.js';
import { hasOwnToMessage, type Model, type SerializerClass } from './proto-serializer.js';

export type ShapeFieldType =
  | {
      readonly kind: 'scalar';
      readonly scalar: ScalarType;
      readonly value: ValueKind;
      /** The message around the value. */
      readonly wrapper?: WrapperName;
    }
  | { readonly kind: 'well-known'; readonly name: WellKnownName }
  | { readonly kind: 'map'; readonly key: string; readonly value: ShapeFieldType }
  | { readonly kind: 'oneof'; readonly members: readonly OneOfMember[] }
  | { readonly kind: 'enum'; readonly descriptor: EnumDescriptor }
  | { readonly kind: 'serializer'; readonly serializer: SerializerClass }
  | ExternalFieldType
  | EmbeddedType;

/** A message of somebody else's file. */
export interface ExternalFieldType {
  readonly kind: 'external';
  /** Its full name. */
  readonly name: string;
  readonly file: string;
  /** What stands in JSON, or is a message already -> what the codec takes. */
  readonly read: (value: unknown) => unknown;
}

/** One of the fields of which a message has one at most. */
export interface OneOfMember {
  readonly property: string;
  readonly name: string;
  readonly type: ShapeFieldType;
  readonly comment: readonly string[];
}

/** Columns of the same table that are a message of their own. */
export interface EmbeddedType {
  readonly kind: 'embedded';
  /** Of the embedded class. */
  readonly name: string;
  /** Two classes may have one name. */
  readonly embeddedClass: unknown;
  /** Where it is embedded: `Shop.address`. */
  readonly path: string;
  readonly fields: readonly ShapeField[];
}

/** Where a field's value lives in the model. */
export type FieldSource =
  | { readonly kind: 'column'; readonly column: Column }
  /** The key of a to-one relation's target. */
  | { readonly kind: 'key'; readonly relation: Relation; readonly column: Column }
  /** The keys of a to-many relation's targets. */
  | { readonly kind: 'keys'; readonly relation: Relation; readonly column: Column }
  /** Another property of the target(s). */
  | { readonly kind: 'slug'; readonly relation: Relation; readonly column: Column; readonly many: boolean }
  /** The target(s) as texts. */
  | {
      readonly kind: 'text';
      readonly relation: Relation;
      /** Of the target. */
      readonly needs: Needs;
      readonly text: (object: ObjectLiteral, context: unknown) => string;
    }
  | {
      readonly kind: 'nested';
      readonly relation: Relation;
      readonly many: boolean;
      readonly writes: ReadonlySet<NestedWrite>;
      /** Levels that are read inside of each other; undefined: no limit. */
      readonly depth: number | undefined;
    }
  | { readonly kind: 'embedded'; readonly property: string }
  /** A property of the entity that no column stands behind: a getter, or set when it is loaded. */
  | { readonly kind: 'property'; readonly property: string }
  /** A method of the serializer. */
  | { readonly kind: 'method'; readonly needs: Needs | undefined }
  /** No model behind it. */
  | { readonly kind: 'message' };

export interface ShapeField {
  readonly property: string;
  readonly name: string;
  readonly type: ShapeFieldType;
  readonly repeated: boolean;
  readonly source: FieldSource;
  readonly readOnly: boolean;
  readonly writeOnly: boolean;
  readonly required: boolean;
  readonly nullable: boolean;
  /** Undefined: none. */
  readonly default: unknown;
  /** The database fills the column when it is left out. */
  readonly modelDefault: boolean;
  readonly allowBlank: boolean;
  readonly trim: boolean;
  readonly maxLength: number | undefined;
  /** The model's primary key, or a part of it: present in requests even if read-only. */
  readonly key: boolean;
  /** Which of the related objects there are for a caller. */
  readonly scope: RowScopeClass | undefined;
  /** Declared on the serializer class, not only taken from the model. */
  readonly declared: boolean;
  readonly comment: readonly string[];
}

export interface SerializerShape {
  readonly serializer: SerializerClass;
  readonly metadata: EntityMetadata | undefined;
  readonly fields: readonly ShapeField[];
  /** Property of the list message that holds the objects. */
  readonly listField: string;
  readonly description: readonly string[];
  /** Fields were listed by name, so order is literal. */
  readonly listed: boolean;
  /** What its own `toMessage()` reads beside the fields; undefined: nothing. */
  readonly needs: Needs | undefined;
}

/** Finds the metadata of a model, in the named data source or in any. */
export type FindMetadata = (model: Model, dataSource: string | undefined) => EntityMetadata | undefined;

export interface ShapeContext {
  readonly conventions: ConventionsName;
  readonly findMetadata: FindMetadata;
  readonly foreign: ForeignFiles;
  /** Boot problems are added here. */
  readonly problems: string[];
}

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

/** The serializers that a type is made of. */
export function serializersOfType(type: ShapeFieldType): readonly SerializerClass[] {
  if (type.kind === 'serializer') return [type.serializer];
  return type.kind === 'oneof' ? type.members.flatMap((member) => serializersOfType(member.type)) : [];
}

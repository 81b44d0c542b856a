/** One property of a serializer, its declaration and its column or relation -> one field of the shape. */
import type { EntityMetadata } from 'typeorm';
import { snakeCase } from '../proto/names.js';
import {
  columnTypeName,
  findColumnType,
  findDesignType,
  isScalarType,
  kindOfProto,
  parseWrittenType,
  type Column,
  type ProtoValueType,
  type Relation,
} from './column-types.js';
import {
  linesOf,
  type FieldDeclaration,
  type FieldOptions,
  type SerializerDeclaration,
} from './declarations.js';
import { describeColumnEnum, isEnumColumn } from './enums.js';
import { findSerializerDeclaration } from './declarations.js';
import type { SerializerClass } from './proto-serializer.js';
import type { FieldSource, ShapeContext, ShapeField, ShapeFieldType } from './shape.js';

type Facts = Pick<ShapeField, 'type' | 'repeated' | 'source'> & Partial<ShapeField>;

export class FieldBuilder {
  constructor(
    private readonly serializer: SerializerClass,
    private readonly declaration: SerializerDeclaration,
    private readonly metadata: EntityMetadata | undefined,
    private readonly context: ShapeContext,
  ) {}

  /** Undefined after a problem was reported. */
  build(property: string, declared: FieldDeclaration | undefined): ShapeField | undefined {
    const facts = this.facts(property, declared);
    if (!facts) return undefined;
    const options = (declared?.options ?? {}) as FieldOptions;
    const readOnly =
      options.readOnly ?? (this.declaration.readOnly.includes(property) || (facts.readOnly ?? false));
    const nullable = options.nullable ?? facts.nullable ?? false;
    const modelDefault = facts.modelDefault ?? false;
    return {
      property,
      name: options.name ?? snakeCase(property),
      type: facts.type,
      repeated: facts.repeated,
      source: facts.source,
      readOnly,
      writeOnly: options.writeOnly ?? this.declaration.writeOnly.includes(property),
      nullable,
      required: options.required ?? !(readOnly || nullable || modelDefault || options.default !== undefined),
      default: options.default,
      modelDefault,
      allowBlank: options.allowBlank ?? false,
      maxLength: options.maxLength ?? facts.maxLength,
      key: facts.key ?? false,
      declared: declared !== undefined,
      comment: linesOf(options.description),
    };
  }

  private facts(property: string, declared: FieldDeclaration | undefined): Facts | undefined {
    const source = (declared?.options as FieldOptions | undefined)?.source ?? property;
    if (declared?.kind === 'nested') return this.nested(property, source, declared);
    const relation = this.metadata?.findRelationWithPropertyPath(source);
    if (relation) return this.related(property, relation, declared);
    const column = this.metadata?.findColumnWithPropertyPath(source);
    if (column) return this.column(property, column, declared);
    if (this.metadata?.embeddeds.some((embedded) => embedded.propertyName === source))
      return this.problem(
        property,
        `embedded columns cannot be serialized. Put it into "exclude" or list the "fields".`,
      );
    if (declared?.kind === 'field' && !this.metadata) return this.plain(property, declared);
    return this.problem(
      property,
      `${this.metadata ? `model "${this.metadata.name}" has no column or relation "${source}"` : 'is not declared'}. ` +
        `Correct the name${declared ? ', or set "source"' : ', or declare it with @Field()'}.`,
    );
  }

  private column(
    property: string,
    column: Column,
    declared: FieldDeclaration | undefined,
  ): Facts | undefined {
    const type = this.columnType(property, column, declared);
    if (!type) return undefined;
    return {
      ...type,
      source: { kind: 'column', column },
      key: column.isPrimary,
      nullable: column.isNullable,
      modelDefault: column.default !== undefined && column.default !== null,
      readOnly:
        column.isGenerated ||
        column.isCreateDate ||
        column.isUpdateDate ||
        column.isDeleteDate ||
        column.isVersion ||
        column.isVirtualProperty ||
        (!column.isInsert && !column.isUpdate),
      maxLength: Number(column.length) || undefined,
    };
  }

  private columnType(
    property: string,
    column: Column,
    declared: FieldDeclaration | undefined,
  ): Pick<Facts, 'type' | 'repeated'> | undefined {
    const written = declared?.kind === 'field' ? declared.options.type : undefined;
    if (written !== undefined)
      return this.written(property, written, findColumnType(column, this.context.conventions));
    if (isEnumColumn(column))
      return { type: { kind: 'enum', descriptor: describeColumnEnum(column) }, repeated: column.isArray };
    if (columnTypeName(column.type) === 'simple-array')
      return { type: { kind: 'scalar', scalar: 'string', value: 'string' }, repeated: true };
    const type = findColumnType(column, this.context.conventions);
    if (type) return { type: fieldTypeOf(type), repeated: column.isArray };
    return this.problem(
      property,
      `column type "${columnTypeName(column.type)}" has no proto type. Declare one, e.g. @Field({ type: 'string' }).`,
    );
  }

  private written(
    property: string,
    text: string,
    column?: ProtoValueType,
  ): Pick<Facts, 'type' | 'repeated'> | undefined {
    const written = parseWrittenType(text);
    const name = written?.name ?? '';
    if (!written || !(isScalarType(name) || name === 'google.protobuf.Struct'))
      return this.problem(
        property,
        `type "${text}" is unknown. Expected a proto type such as 'string' or 'repeated int64'.`,
      );
    const kind = column && fits(column, name) ? column.kind : kindOfProto(name);
    return { type: fieldTypeOf({ kind, proto: name }), repeated: written.cardinality === 'repeated' };
  }

  private related(
    property: string,
    relation: Relation,
    declared: FieldDeclaration | undefined,
  ): Facts | undefined {
    const slug = declared?.kind === 'related' ? declared.options.slug : undefined;
    const target = relation.inverseEntityMetadata;
    const many = relation.isOneToMany || relation.isManyToMany;
    const column = slug === undefined ? target.primaryColumns[0] : target.findColumnWithPropertyPath(slug);
    if (!column || (slug === undefined && target.primaryColumns.length > 1))
      return this.problem(
        property,
        slug === undefined
          ? `"${target.name}" has no single key. Name one of its columns: @Related({ slug: '...' }).`
          : `"${target.name}" has no column "${slug}". Correct "slug".`,
      );
    const readOnly = declared?.options.readOnly ?? !relation.isOwning;
    if (slug !== undefined && !readOnly && !isUnique(target, column))
      return this.problem(
        property,
        `"${slug}" is not unique in "${target.name}", so it cannot tell which one is meant. Make it unique, or set "readOnly".`,
      );
    const type = this.columnType(property, column, undefined);
    if (!type) return undefined;
    return {
      type: type.type,
      repeated: many,
      source: relationSource(relation, column, slug !== undefined, many),
      nullable: !many && relation.isNullable,
      readOnly,
      key: relation.isPrimary,
    };
  }

  private nested(
    property: string,
    source: string,
    declared: FieldDeclaration & { kind: 'nested' },
  ): Facts | undefined {
    const serializer = declared.serializer();
    if (!findSerializerDeclaration(serializer))
      return this.problem(property, `"${serializer.name}" is no serializer. Put @ModelSerializer() on it.`);
    const type: ShapeFieldType = { kind: 'serializer', serializer };
    if (!this.metadata)
      return { type, repeated: declared.options.many ?? false, source: { kind: 'message' }, readOnly: false };
    const relation = this.metadata.findRelationWithPropertyPath(source);
    if (!relation)
      return this.problem(
        property,
        `model "${this.metadata.name}" has no relation "${source}". Correct "source".`,
      );
    if (declared.options.readOnly === false)
      return this.problem(
        property,
        'nested objects are read-only. Leave "readOnly" out, and write the relation by its key.',
      );
    const many = relation.isOneToMany || relation.isManyToMany;
    return {
      type,
      repeated: many,
      source: { kind: 'nested', relation, many },
      nullable: !many && relation.isNullable,
      readOnly: true,
    };
  }

  private plain(property: string, declared: FieldDeclaration & { kind: 'field' }): Facts | undefined {
    const type =
      declared.options.type === undefined
        ? this.designed(property, declared.designType)
        : this.written(property, declared.options.type);
    if (!type) return undefined;
    const nullable = parseWrittenType(declared.options.type ?? '')?.cardinality === 'optional';
    return { ...type, source: { kind: 'message' }, nullable };
  }

  private designed(property: string, designType: unknown): Pick<Facts, 'type' | 'repeated'> | undefined {
    const type = findDesignType(designType, this.context.conventions);
    if (type) return { type: fieldTypeOf(type), repeated: false };
    return this.problem(property, `its proto type is unknown. Declare it, e.g. @Field({ type: 'string' }).`);
  }

  private problem(property: string, text: string): undefined {
    this.context.problems.push(`${this.serializer.name}.${property}: ${text}`);
    return undefined;
  }
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

function fieldTypeOf({ kind, proto }: ProtoValueType): ShapeFieldType {
  return proto === 'google.protobuf.Struct'
    ? { kind: 'struct' }
    : { kind: 'scalar', scalar: proto, value: kind };
}

/** A type written over a column keeps the column's value rules where both are of one family. */
function fits(column: ProtoValueType, proto: string): boolean {
  const numeric = (name: string): boolean => name !== 'string' && name !== 'bytes' && name !== 'bool';
  return column.proto === proto || (numeric(column.proto) && numeric(proto)) || column.kind === 'decimal';
}

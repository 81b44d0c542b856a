/** One property of a serializer, its declaration and its column or relation -> one field of the shape. */
import type { EntityMetadata } from 'typeorm';
import { snakeCase } from '../proto/names.js';
import { columnFacts, factsOfColumn, isJson } from './column-facts.js';
import {
  linesOf,
  type FieldDeclaration,
  type FieldOptions,
  type RowScopeClass,
  type SerializerDeclaration,
} from './declarations.js';
import { FieldTypes, type FieldFacts, type TypeFacts } from './field-types.js';
import { oneOfFacts } from './oneof-facts.js';
import { isHeard } from './listeners.js';
import { methodFacts } from './method-facts.js';
import type { SerializerClass } from './proto-serializer.js';
import { nestedFacts, relatedFacts } from './relation-fields.js';
import type { ShapeContext } from './shape-context.js';
import type { ShapeField } from './shape.js';
import { isOptional } from './written-types.js';

type DeclaredOptions = FieldOptions & { readonly scope?: RowScopeClass };

/** What is said of a field elsewhere than in its own options: on the class, or by the conventions. */
interface OutsideOptions {
  readonly trim: boolean;
  readonly readOnly: boolean;
  readonly writeOnly: boolean;
  readonly declared: boolean;
}

type Embedded = EntityMetadata['embeddeds'][number];

export class FieldBuilder {
  private readonly types: FieldTypes;

  constructor(
    private readonly serializer: SerializerClass,
    private readonly declaration: SerializerDeclaration,
    private readonly metadata: EntityMetadata | undefined,
    context: ShapeContext,
  ) {
    this.types = new FieldTypes(serializer, context);
  }

  /** Undefined after a problem was reported. */
  build(property: string, declared: FieldDeclaration | undefined): ShapeField | undefined {
    const facts = this.facts(property, declared);
    if (!facts) return undefined;
    const { readOnly, writeOnly } = this.declaration;
    return fieldOf(property, facts, (declared?.options ?? {}) as DeclaredOptions, {
      trim: this.types.conventions === 'dsg',
      readOnly: readOnly.includes(property),
      writeOnly: writeOnly.includes(property),
      declared: declared !== undefined,
    });
  }

  private facts(property: string, declared: FieldDeclaration | undefined): FieldFacts | undefined {
    const { metadata, types } = this;
    const source = (declared?.options as FieldOptions | undefined)?.source ?? property;
    if (declared?.kind === 'nested') return nestedFacts(property, source, declared, metadata, types);
    if (declared?.kind === 'method') return methodFacts(property, declared, this.serializer, metadata, types);
    if (declared?.kind === 'oneof') return this.oneOf(property, source, declared);
    const relation = metadata?.findRelationWithPropertyPath(source);
    if (relation) return relatedFacts(property, relation, declared, types);
    const column = metadata?.findColumnWithPropertyPath(source);
    const field = declared?.kind === 'field' ? declared : undefined;
    if (column) return columnFacts(property, column, types, field?.options.type, field?.enum?.type);
    const embedded = metadata?.embeddeds.find((candidate) => candidate.propertyName === source);
    if (embedded) return embeddedFacts(property, embedded, types);
    if (declared?.kind === 'field' && (!metadata || declared.options.writeOnly === true))
      return plainFacts(property, declared, types);
    if (declared?.kind === 'field' && metadata && hasProperty(metadata, source))
      return propertyFacts(property, source, declared, types);
    return types.problem(
      property,
      `${metadata ? `model "${metadata.name}" has no column or relation "${source}"` : 'is not declared'}. ` +
        `Correct the name${declared ? ', or set "source"' : ', or declare it with @Field()'}.`,
    );
  }

  private oneOf(
    property: string,
    source: string,
    declared: FieldDeclaration & { readonly kind: 'oneof' },
  ): FieldFacts | undefined {
    const { metadata, types } = this;
    const facts = oneOfFacts(property, declared, types);
    if (!facts) return undefined;
    if (!metadata || declared.options.writeOnly === true) return { ...facts, source: { kind: 'message' } };
    const column = metadata.findColumnWithPropertyPath(source);
    if (column && isJson(column)) return { ...facts, ...factsOfColumn(column) };
    if (!column && hasProperty(metadata, source))
      return { ...facts, source: { kind: 'property', property: source }, readOnly: true };
    return types.problem(
      property,
      `a oneof is no value of "${metadata.name}.${source}". Use a column of JSON, a getter, or a serializer without a model.`,
    );
  }
}

function fieldOf(
  property: string,
  facts: FieldFacts,
  options: DeclaredOptions,
  outside: OutsideOptions,
): ShapeField {
  const readOnly = outside.readOnly || (options.readOnly ?? facts.readOnly ?? false);
  const nullable = options.nullable ?? facts.nullable ?? false;
  const modelDefault = facts.modelDefault ?? false;
  return {
    property,
    name: options.name ?? snakeCase(property),
    type: facts.type,
    repeated: facts.repeated,
    source: facts.source,
    readOnly,
    writeOnly: outside.writeOnly || (options.writeOnly ?? false),
    nullable,
    required:
      options.required ??
      facts.required ??
      !(readOnly || nullable || modelDefault || options.default !== undefined),
    default: options.default,
    modelDefault,
    allowBlank: options.allowBlank ?? false,
    trim: options.trim ?? outside.trim,
    maxLength: options.maxLength ?? facts.maxLength,
    key: facts.key ?? false,
    declared: outside.declared,
    scope: options.scope,
    comment: linesOf(options.description),
  };
}

/** Embedded columns are one nested message, read from and written to the row of their owner. */
function embeddedFacts(property: string, embedded: Embedded, types: FieldTypes): FieldFacts | undefined {
  const { name } = embedded.type as { readonly name: string };
  const relation = embedded.relationsFromTree.find(({ isOwning }) => isOwning);
  if (relation)
    return types.problem(
      property,
      `the embedded ${name} has the relation "${relation.propertyName}", which a message inside of another cannot hold. ` +
        `Move the relation into "${embedded.entityMetadata.name}", or leave "${property}" out of the fields.`,
    );
  const outside: OutsideOptions = {
    trim: types.conventions === 'dsg',
    readOnly: false,
    writeOnly: false,
    declared: false,
  };
  const fields = embedded.columns.flatMap((column) => {
    const facts = column.isSelect && columnFacts(column.propertyName, column, types, undefined);
    return facts ? [fieldOf(column.propertyName, { ...facts, key: false }, {}, outside)] : [];
  });
  const inner = embedded.embeddeds.flatMap((each) => {
    const facts = embeddedFacts(each.propertyName, each, types);
    return facts ? [fieldOf(each.propertyName, facts, {}, outside)] : [];
  });
  const all = [...fields, ...inner];
  return {
    type: {
      kind: 'embedded',
      name,
      embeddedClass: embedded.type,
      path: `${embedded.entityMetadata.name}.${embedded.propertyPath}`,
      fields: all,
    },
    repeated: false,
    source: { kind: 'embedded', property: embedded.propertyName },
    modelDefault: !all.some(({ required }) => required),
  };
}

/** A getter of the entity, or what its `@AfterLoad()` may set: nothing tells those in advance. */
function hasProperty(metadata: EntityMetadata, property: string): boolean {
  const { target } = metadata;
  return (
    (typeof target === 'function' && property in (target.prototype as object)) ||
    isHeard(metadata.dataSource, metadata, 'afterLoad')
  );
}

function propertyFacts(
  property: string,
  source: string,
  declared: FieldDeclaration & { kind: 'field' },
  types: FieldTypes,
): FieldFacts | undefined {
  const facts = plainFacts(property, declared, types);
  return (
    facts && {
      ...facts,
      source: { kind: 'property', property: source },
      readOnly: true,
      // In the reference a property has the presence that its annotation says.
      ...(types.conventions === 'dsg' && { required: !facts.nullable }),
    }
  );
}

function plainFacts(
  property: string,
  declared: FieldDeclaration & { kind: 'field' },
  types: FieldTypes,
): FieldFacts | undefined {
  const { type: written } = declared.options;
  const type = plainType(property, declared, types);
  return type && { ...type, source: { kind: 'message' }, nullable: isOptional(written) };
}

function plainType(
  property: string,
  { options, designType, enum: declared }: FieldDeclaration & { kind: 'field' },
  types: FieldTypes,
): TypeFacts | undefined {
  if (declared) return types.ofEnum(property, declared.type, declared.repeated);
  if (options.type === undefined) return types.ofDesignType(property, designType);
  return types.ofGiven(property, options.type);
}

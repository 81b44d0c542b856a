/** Fields that a method of the serializer gives. */
import type { EntityMetadata } from 'typeorm';
import type { FieldDeclaration } from './declarations.js';
import type { FieldFacts, FieldTypes, TypeFacts } from './field-types.js';
import { readNeeds } from './needs.js';
import type { SerializerClass } from './proto-serializer.js';
import { serializerGiven } from './relation-fields.js';
import { isExternal } from '../proto/external-message.js';
import { isOptional, type GivenType } from './written-types.js';

function isGiven(type: unknown): type is GivenType {
  return typeof type === 'string' || isExternal(type);
}

type MethodDeclaration = FieldDeclaration & { readonly kind: 'method' };

export function methodFacts(
  property: string,
  declared: MethodDeclaration,
  { prototype }: SerializerClass,
  metadata: EntityMetadata | undefined,
  types: FieldTypes,
): FieldFacts | undefined {
  if (typeof (prototype as Readonly<Record<string, unknown>>)[property] !== 'function')
    return types.problem(property, 'is no method. @MethodField() stands on methods; others are @Field().');
  const { type, many, nullable: maybe = false, needs = [] } = declared.options;
  const given = isGiven(type);
  const facts = given ? types.ofGiven(property, type) : ofSerializer(property, declared, types);
  if (!facts) return undefined;
  if (given && many)
    return types.problem(
      property,
      `"many" is for serializers. Say it in the type: ${isExternal(type) ? 'Money.list' : `'repeated ${type}'`}.`,
    );
  if (!metadata && needs.length > 0)
    return types.problem(property, '"needs" is for what is read of a model. Leave it out.');
  const nullable = maybe || (given && isOptional(type));
  return {
    ...facts,
    source: { kind: 'method', needs: metadata && needsOf(property, needs, metadata, types) },
    readOnly: true,
    // The annotation alone decides on presence, as in the reference.
    required: !nullable,
    nullable,
  };
}

function ofSerializer(
  property: string,
  { options }: MethodDeclaration,
  types: FieldTypes,
): TypeFacts | undefined {
  const serializer = serializerGiven(property, options.type, '@MethodField({ type: () => ... })', types);
  return serializer && { type: { kind: 'serializer', serializer }, repeated: options.many ?? false };
}

function needsOf(property: string, needs: readonly string[], metadata: EntityMetadata, types: FieldTypes) {
  return readNeeds(metadata, needs, (path, model) =>
    types.problem(
      property,
      `needs "${path}", but model "${model}" has no such column or relation. Correct the path.`,
    ),
  );
}

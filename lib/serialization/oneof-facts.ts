/** Several fields of which a message has one at most. */
import { snakeCase } from '../proto/names.js';
import { linesOf, type FieldDeclaration } from './declarations.js';
import { memberOptions, type OneOfMemberType } from './field-kinds.js';
import type { FieldTypes, TypeFacts } from './field-types.js';
import { serializerGiven } from './relation-fields.js';
import type { OneOfMember, ShapeFieldType } from './shape.js';
import { isExternal } from '../proto/external-message.js';
import { isOptional, type GivenType } from './written-types.js';

type OneOfDeclaration = FieldDeclaration & { readonly kind: 'oneof' };

/** Undefined after a problem was reported. */
export function oneOfFacts(
  property: string,
  { members }: OneOfDeclaration,
  types: FieldTypes,
): TypeFacts | undefined {
  const entries = Object.entries(members);
  if (entries.length === 0) return types.problem(property, 'has no members. Name some in @OneOf().');
  const described = entries.flatMap(([name, given]) => describeMember(property, name, given, types) ?? []);
  return described.length === entries.length
    ? { type: { kind: 'oneof', members: described }, repeated: false }
    : undefined;
}

function describeMember(
  property: string,
  member: string,
  given: OneOfMemberType,
  types: FieldTypes,
): OneOfMember | undefined {
  const { type: asked, name = snakeCase(member), description } = memberOptions(given);
  const place = `${property}.${member}`;
  const type =
    typeof asked === 'string' || isExternal(asked)
      ? singleType(place, asked, types)
      : ofSerializer(place, asked, types);
  return type && { property: member, name, type, comment: linesOf(description) };
}

function singleType(place: string, given: GivenType, types: FieldTypes): ShapeFieldType | undefined {
  const facts = types.ofGiven(place, given);
  if (!facts) return undefined;
  if (facts.type.kind !== 'map' && !facts.repeated && !isOptional(given)) return facts.type;
  return types.problem(
    place,
    `is "${isExternal(given) ? `a ${given.form.kind} of ${given.name}` : given}", but members of a oneof are one value, neither list nor map nor optional.`,
  );
}

function ofSerializer(place: string, find: unknown, types: FieldTypes): ShapeFieldType | undefined {
  const serializer = serializerGiven(place, find, '@OneOf({ member: () => ... })', types);
  return serializer && { kind: 'serializer', serializer };
}

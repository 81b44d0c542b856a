/** Fields that an action lists -> fields of a message. */
import {
  isScalar,
  mapTypesOf,
  type Cardinality,
  type FieldDescriptor,
  type FieldType,
} from '../proto/descriptors.js';
import { isExternal, type ExternalType } from '../proto/external-message.js';
import { pascalCase, snakeCase } from '../proto/names.js';
import { linesOf } from '../serialization/declarations.js';
import { describeEnum, isDeclaredEnum, type EnumType } from '../serialization/enums.js';
import type { MessageHome } from '../serialization/message-home.js';
import type { MessageCatalog } from '../serialization/messages.js';
import { isSerializerClass, type SerializerClass } from '../serialization/proto-serializer.js';
import { findNamedType, isMapKey, parseWrittenType } from '../serialization/written-types.js';

/**
 * The type of a listed field: a proto type with an optional first word, such as `'optional int32'`; a serializer; a
 * TypeScript enum or a list of values; a message of somebody else, from `externalMessage()`.
 */
export type ListedType = string | SerializerClass | EnumType | ExternalType;

/** A listed field with more than its type. */
export interface ListedField {
  readonly type: ListedType;
  /** Of serializers, enums and messages of others; a text says it itself. Default: one that must be there. */
  readonly cardinality?: 'optional' | 'repeated';
  /** Name on the wire. Default: the property in snake_case. */
  readonly name?: string;
  /** Comment in the `.proto`: one line, or several. */
  readonly description?: string | readonly string[];
}

/** Several fields of which a message has one at most; see `OneOf` for what the property holds. */
export interface ListedOneOf {
  /** Members by their names: a proto type, a serializer or an enum each, neither list nor map nor optional. */
  readonly oneof: Readonly<Record<string, ListedType | ListedField>>;
  /** Name on the wire. Default: the property in snake_case. */
  readonly name?: string;
  /** Comment in the `.proto`, above the first member: one line, or several. */
  readonly description?: string | readonly string[];
}

/** `{ id: 'string', tags: 'repeated string', book: BookSerializer, genre: Genre }`: properties to types. */
export type FieldList = Readonly<Record<string, ListedType | ListedField | ListedOneOf>>;

/** A serializer in a field list. */
export interface NestedSerializer {
  readonly property: string;
  readonly serializer: SerializerClass;
  /** On the wire; of the member, if it is one. */
  readonly name: string;
  readonly cardinality: Cardinality;
  /** Which one of the oneof that the property is; undefined: the property is no oneof. */
  readonly member: string | undefined;
}

/** The serializers of a field list. */
export function serializersIn(list: FieldList): readonly NestedSerializer[] {
  return Object.entries(list).flatMap(([property, given]) =>
    isOneOf(given)
      ? Object.entries(given.oneof).flatMap(([member, each]) => nestedIn(property, member, each, member))
      : nestedIn(property, property, given, undefined),
  );
}

function nestedIn(
  property: string,
  key: string,
  given: ListedType | ListedField,
  member: string | undefined,
): readonly NestedSerializer[] {
  const { type, name = snakeCase(key), cardinality = 'singular' } = longForm(given);
  return isSerializerClass(type) ? [{ property, serializer: type, name, cardinality, member }] : [];
}

function isOneOf(given: ListedType | ListedField | ListedOneOf): given is ListedOneOf {
  return typeof given === 'object' && given !== null && typeof (given as ListedOneOf).oneof === 'object';
}

/** A text, a class and an enum are types; anything else says in `type` what it is. */
function longForm(given: ListedType | ListedField): ListedField {
  const isField =
    typeof given === 'object' &&
    given !== null &&
    !isExternal(given) &&
    !isDeclaredEnum(given) &&
    Object.hasOwn(given, 'type');
  return isField ? (given as ListedField) : { type: given as ListedType };
}

interface Typed {
  readonly type: FieldType;
  readonly cardinality: Cardinality;
}

/** Describes the fields of one message; what makes no sense is reported with its place. */
export class ListedFields {
  constructor(
    private readonly catalog: MessageCatalog,
    private readonly problems: string[],
    /** The message of a serializer that is a field's type. */
    private readonly nestedMessage: (serializer: SerializerClass, home: MessageHome) => string,
  ) {}

  /** @param place how problems name the list */
  describe(list: FieldList, home: MessageHome, place: string): FieldDescriptor[] {
    return Object.entries(list).flatMap(([property, given]) => {
      if (isOneOf(given)) return this.members(property, given, home, place);
      const field = longForm(given);
      const typed = isExternal(field.type)
        ? this.external(field.type, field.cardinality, `${place}: field "${property}"`)
        : this.typed(property, field, home);
      if (typed === 'reported') return [];
      if (typed === undefined) {
        this.problems.push(
          `${place}: field "${property}" has type ${shown(field)}. ` +
            `Expected a proto type such as 'string' or 'repeated int64', a serializer, an enum, or an externalMessage().`,
        );
        return [];
      }
      return {
        kind: 'field' as const,
        name: field.name ?? snakeCase(property),
        property,
        type: typed.type,
        cardinality: typed.cardinality,
        number: 0,
        comment: linesOf(field.description),
      };
    });
  }

  private members(
    property: string,
    { oneof, name = snakeCase(property), description }: ListedOneOf,
    home: MessageHome,
    place: string,
  ): FieldDescriptor[] {
    const members = this.describe(oneof, home, `${place}: oneof "${property}"`);
    for (const { name: member, cardinality, type } of members)
      if (cardinality !== 'singular' || (type.kind === 'message' && mapTypesOf(type.name)))
        this.problems.push(
          `${place}: oneof "${property}": field "${member}" is a list, a map or optional. Members are one value.`,
        );
    return members.map((member, index) =>
      Object.assign({}, member, {
        cardinality: 'optional' as const,
        oneof: name,
        union: property,
        comment: [...(index === 0 ? linesOf(description) : []), ...member.comment],
      }),
    );
  }

  private external(
    external: ExternalType,
    given: ListedField['cardinality'],
    place: string,
  ): Typed | 'reported' | undefined {
    const { form } = external;
    if (form.kind !== 'one' && given !== undefined) return undefined;
    const name = this.catalog.addExternal(external, place);
    if (name === undefined) return 'reported';
    if (form.kind === 'map')
      return isMapKey(form.key)
        ? { type: { kind: 'message', name: `map<${form.key}, ${name}>` }, cardinality: 'singular' }
        : undefined;
    return {
      type: { kind: 'message', name },
      cardinality: given ?? (form.kind === 'list' ? 'repeated' : 'singular'),
    };
  }

  private typed(
    property: string,
    { type, cardinality: given }: ListedField,
    home: MessageHome,
  ): Typed | undefined {
    if (typeof type === 'string') {
      const written = parseWrittenType(type);
      const twice = given !== undefined && written?.cardinality !== 'singular';
      const fieldType = twice || !written ? undefined : writtenType(written.name);
      return fieldType && { type: fieldType, cardinality: given ?? written?.cardinality ?? 'singular' };
    }
    const cardinality = given ?? 'singular';
    if (isSerializerClass(type))
      return { type: { kind: 'message', name: this.nestedMessage(type, home) }, cardinality };
    if (typeof type !== 'object' || isExternal(type) || type === null || Object.keys(type).length === 0)
      return undefined;
    const descriptor = describeEnum(type, `${home.name.replace(home.direction, '')}${pascalCase(property)}`);
    return { type: this.catalog.enumType(descriptor, home), cardinality };
  }
}

function writtenType(name: string): FieldType | undefined {
  if (isScalar(name)) return { kind: 'scalar', scalar: name };
  return findNamedType(name) && { kind: 'message', name };
}

function shown({ type, cardinality }: ListedField): string {
  const text = typeof type === 'function' || isExternal(type) ? type.name : String(type);
  return cardinality === undefined ? `"${text}"` : `"${text}" and is "${cardinality}"`;
}

/** Decorators for fields of particular kinds: lists, JSON, and alternatives. */
import { isExternal, type ExternalMessage } from '../proto/external-message.js';
import { declareField, Field, Nested } from './declarations.js';
import type { FieldOptions, NestedOptions } from './field-options.js';
import type { SerializerClass } from './proto-serializer.js';

/** Options of `@JsonField()`. */
export interface JsonFieldOptions extends Omit<FieldOptions, 'type' | 'maxLength' | 'allowBlank' | 'trim'> {
  /**
   * What the column holds: `object`, a google.protobuf.Struct; `list`, an array, google.protobuf.ListValue; `value`, any JSON
   * value, google.protobuf.Value. Default: `object`.
   */
  readonly type?: keyof typeof JSON_TYPES;
}

const JSON_TYPES = {
  object: 'google.protobuf.Struct',
  list: 'google.protobuf.ListValue',
  value: 'google.protobuf.Value',
} as const;

/**
 * A column of JSON that holds something else than an object.
 *
 * @example
 * \@JsonField({ type: 'list' }) tags!: string[];
 * \@JsonField({ type: 'value' }) setting!: unknown;
 */
export function JsonField({ type = 'object', ...options }: JsonFieldOptions = {}): PropertyDecorator {
  return Field({ ...options, type: JSON_TYPES[type] });
}

/**
 * A list: of values of a proto type, or of messages that another serializer describes.
 *
 * @param item a proto type, a message of somebody else, or a function that gives a serializer
 * @example
 * \@ListOf('int32') weights!: number[];
 * \@ListOf(() => LineSerializer) lines!: Line[];
 */
export function ListOf(
  item: string | ExternalMessage,
  options?: Omit<FieldOptions, 'type'>,
): PropertyDecorator;
export function ListOf(item: () => SerializerClass, options?: Omit<NestedOptions, 'many'>): PropertyDecorator;
export function ListOf(
  item: string | ExternalMessage | (() => SerializerClass),
  options: Omit<FieldOptions, 'type'> | Omit<NestedOptions, 'many'> = {},
): PropertyDecorator {
  if (typeof item === 'function') return Nested(item, { ...(options as NestedOptions), many: true });
  return Field({
    ...(options as FieldOptions),
    type: typeof item === 'string' ? `repeated ${item}` : item.list,
  });
}

/** A member of a oneof: a proto type, a message of somebody else, a function that gives a serializer, or more than that. */
export type OneOfMemberType = OneOfMemberOptions['type'] | OneOfMemberOptions;

/** A member of a oneof with more than its type. */
export interface OneOfMemberOptions {
  readonly type: string | ExternalMessage | (() => SerializerClass);
  /** Name on the wire. Default: the member in snake_case. */
  readonly name?: string;
  /** Comment in the `.proto`: one line, or several. */
  readonly description?: string | readonly string[];
}

/** Options of `@OneOf()`. */
export type OneOfOptions = Pick<
  FieldOptions,
  'name' | 'source' | 'readOnly' | 'writeOnly' | 'nullable' | 'required' | 'description'
>;

/**
 * What a property decorated by `@OneOf()` holds: one of several members, told apart by `case`.
 *
 * @example
 * type Contact = OneOf<{ email: string; phone: string }>;
 * // { case: 'email', value: string } | { case: 'phone', value: string }
 */
export type OneOf<Members extends object> = {
  [Case in keyof Members & string]: { readonly case: Case; readonly value: Members[Case] };
}[keyof Members & string];

/**
 * Several fields of which a message has one at most, a `oneof`: one property that says which it is. In serializers
 * without a model, over columns of JSON, and for properties of entities.
 *
 * @example
 * \@OneOf({ email: 'string', phone: 'string', card: () => CardSerializer })
 * contact!: OneOf<{ email: string; phone: string; card: Card }>;
 */
export function OneOf(
  members: Readonly<Record<string, OneOfMemberType>>,
  options: OneOfOptions = {},
): PropertyDecorator {
  return (prototype, property) =>
    declareField(prototype, { kind: 'oneof', property: String(property), options, members });
}

/** In JavaScript anything may stand for a member. */
export function memberOptions(given: OneOfMemberType): OneOfMemberOptions {
  return typeof given === 'object' && given !== null && !isExternal(given) ? given : { type: given };
}

/**
 * Decorators of serializers. They record facts and compute nothing: what a field is becomes clear only when
 * the model's metadata exists (see `describe-serializer.ts`).
 */
import 'reflect-metadata';
import type { ObjectLiteral } from 'typeorm';
import type { EnumType } from './enums.js';
import type { FieldOptions, NestedOptions, RelatedOptions, RelatedTo } from './field-options.js';
import type { OneOfMemberType, OneOfOptions } from './field-kinds.js';
import type { MethodFieldOptions } from './method-field.js';
import type { PathOf } from './model-paths.js';
import type { Model, ProtoSerializer, SerializerClass } from './proto-serializer.js';

export type {
  FieldOptions,
  NestedOptions,
  NestedWrite,
  RelatedOptions,
  RelatedTo,
  RowScopeClass,
} from './field-options.js';

const FIELDS = Symbol('nestjs-socio-grpc:fields');
const SERIALIZER = Symbol('nestjs-socio-grpc:serializer');

export type FieldDeclaration =
  | {
      readonly kind: 'field';
      readonly property: string;
      readonly options: FieldOptions;
      readonly designType: unknown;
      /** Of `@EnumField()`. */
      readonly enum?: { readonly type: EnumType; readonly repeated: boolean };
    }
  | {
      readonly kind: 'nested';
      readonly property: string;
      readonly options: NestedOptions;
      readonly serializer: () => SerializerClass;
    }
  | {
      readonly kind: 'related';
      readonly property: string;
      readonly options: RelatedOptions;
      /** Which model it is said to lead to. */
      readonly model: (() => unknown) | undefined;
    }
  | { readonly kind: 'method'; readonly property: string; readonly options: MethodFieldOptions }
  | {
      readonly kind: 'oneof';
      readonly property: string;
      readonly options: OneOfOptions;
      readonly members: Readonly<Record<string, OneOfMemberType>>;
    };

/**
 * Declares or changes one field of a serializer. A property that repeats a column's name inherits its type,
 * nullability and limits; the options change them.
 *
 * @example
 * \@Field({ writeOnly: true }) password!: string;
 * \@Field({ description: ['Full name', 'as printed'] }) name!: string;
 */
export function Field(options: FieldOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    const designType: unknown = Reflect.getMetadata('design:type', prototype, property);
    declareField(prototype, { kind: 'field', property: String(property), options, designType });
  };
}

/**
 * Puts the related object itself into the message, described by another serializer. Whether it is one or many
 * follows from the relation.
 *
 * @param serializer a function, so that serializers may refer to each other
 * @example
 * \@Nested(() => AuthorSerializer) author!: Author;
 * \@Nested(() => ChapterSerializer, { write: ['create', 'replace', 'remove'] }) chapters!: Chapter[];
 */
export function Nested(serializer: () => SerializerClass, options: NestedOptions = {}): PropertyDecorator {
  return (prototype, property) =>
    declareField(prototype, { kind: 'nested', property: String(property), options, serializer });
}

/**
 * A relation as the key, or as another property, of its target. Owning relations are keys without it; declare
 * it for inverse sides, for a slug or a text, or to change options.
 *
 * @example
 * \@Related({ source: 'author', slug: 'email', readOnly: true }) authorEmail!: string;
 * \@Related(() => Author, { slug: 'email' }) author!: Author;
 * \@Related(() => Author, { source: 'author', text: ({ first, last }) => `${first} ${last}`, needs: ['first', 'last'] })
 * byline!: string;
 */
export function Related(options?: RelatedOptions): PropertyDecorator;
/** @param model what the relation leads to: its properties are known to the compiler, and it is checked at boot */
export function Related<M extends ObjectLiteral>(
  model: () => Model<M>,
  options?: RelatedTo<M>,
): PropertyDecorator;
export function Related(
  first: RelatedOptions | (() => unknown) = {},
  second: RelatedOptions = {},
): PropertyDecorator {
  const [model, options] = typeof first === 'function' ? [first, second] : [undefined, first];
  return (prototype, property) =>
    declareField(prototype, { kind: 'related', property: String(property), options, model });
}

/** Options of `@Serializer()`, and the part of them that `@ModelSerializer()` has too. */
export interface SerializerOptions {
  /** Field that holds the objects in a list message. Default: `results`. */
  readonly listField?: string;
  /** Comment of the messages in the `.proto`: one line, or several. */
  readonly description?: string | readonly string[];
}

/** Options of `@ModelSerializer()`: which fields of the model are in its messages. */
export interface ModelSerializerOptions<M extends ObjectLiteral, F extends string> extends SerializerOptions {
  readonly model: Model<M>;
  /** Name of the TypeORM data source that has the model. Default: the unnamed one, or the first that has it. */
  readonly dataSource?: string;
  /**
   * `'all'`: every column and owning relation except those with `select: false`; a column of both is the relation, a key
   * column with a property of its own that property. A list: exactly these, in this order. Default: `'all'`.
   */
  readonly fields?: 'all' | '__all__' | readonly F[];
  /** With `fields: 'all'`: leaves these out. */
  readonly exclude?: readonly (keyof M & string)[];
  /** In answers only. */
  readonly readOnly?: readonly F[];
  /** In requests only. */
  readonly writeOnly?: readonly F[];
  /** Paths that an overridden `toMessage()` reads beside what the message has anyway: `'author.name'`. Default: none. */
  readonly needs?: readonly PathOf<NoInfer<M>>[];
}

export interface SerializerDeclaration {
  readonly kind: 'model' | 'plain';
  /** Of a model serializer undefined when its import was not there yet. */
  readonly model: Model | undefined;
  readonly dataSource: string | undefined;
  readonly fields: 'all' | readonly string[];
  readonly exclude: readonly string[];
  readonly readOnly: readonly string[];
  readonly writeOnly: readonly string[];
  readonly needs: readonly string[];
  readonly listField: string;
  readonly description: readonly string[];
}

/** Names in `fields` that the model does not have must be declared on the serializer class. */
type Declares<M extends ObjectLiteral, F extends string> = abstract new (
  ...args: never[]
) => ProtoSerializer<M> & Readonly<Record<Exclude<F, keyof M>, unknown>>;

/**
 * A serializer whose fields come from an entity.
 *
 * @example
 * \@ModelSerializer({ model: Author, fields: ['id', 'name', 'born'], readOnly: ['born'] })
 * export class AuthorSerializer extends ProtoSerializer<Author> {}
 */
export function ModelSerializer<M extends ObjectLiteral, const F extends string = keyof M & string>(
  options: ModelSerializerOptions<M, F>,
): (target: Declares<M, F>) => void {
  const { fields = 'all' } = options;
  return (target) =>
    declareSerializer(target, {
      kind: 'model',
      model: options.model as Model,
      dataSource: options.dataSource,
      fields: fields === '__all__' ? 'all' : fields,
      exclude: options.exclude ?? [],
      readOnly: options.readOnly ?? [],
      writeOnly: options.writeOnly ?? [],
      needs: options.needs ?? [],
      listField: options.listField ?? 'results',
      description: linesOf(options.description),
    });
}

/**
 * A serializer without a model: its fields are the ones declared by `@Field()` and `@Nested()`.
 *
 * @example
 * \@Serializer()
 * class SearchSerializer extends ProtoSerializer {
 *   \@Field() text!: string;
 *   \@Field({ type: 'int32', default: 10 }) limit!: number;
 * }
 */
export function Serializer(options: SerializerOptions = {}): (target: SerializerClass) => void {
  return (target) =>
    declareSerializer(target, {
      kind: 'plain',
      model: undefined,
      dataSource: undefined,
      fields: 'all',
      exclude: [],
      readOnly: [],
      writeOnly: [],
      needs: [],
      listField: options.listField ?? 'results',
      description: linesOf(options.description),
    });
}

/** What was declared on a serializer or the nearest of its bases, if anything. */
export function findSerializerDeclaration(target: SerializerClass): SerializerDeclaration | undefined {
  return Reflect.getMetadata(SERIALIZER, target) as SerializerDeclaration | undefined;
}

/** Declared fields from the base class down; a subclass replaces a field in its place. */
export function fieldDeclarationsOf(target: SerializerClass): readonly FieldDeclaration[] {
  const found = new Map<string, FieldDeclaration>();
  const chain: object[] = [];
  for (
    let proto: object | null = target.prototype as object;
    proto;
    proto = Object.getPrototypeOf(proto) as object | null
  )
    chain.unshift(proto);
  for (const proto of chain) for (const field of ownFields(proto)) found.set(field.property, field);
  return [...found.values()];
}

export function linesOf(description: string | readonly string[] | undefined): readonly string[] {
  if (description === undefined) return [];
  return (typeof description === 'string' ? [description] : description).flatMap((line) =>
    line.split(/\r?\n/),
  );
}

function declareSerializer(target: SerializerClass, declaration: SerializerDeclaration): void {
  Reflect.defineMetadata(SERIALIZER, declaration, target);
}

/** @internal */
export function declareField(prototype: object, field: FieldDeclaration): void {
  Reflect.defineMetadata(FIELDS, [...ownFields(prototype), field], prototype);
}

function ownFields(prototype: object): readonly FieldDeclaration[] {
  return (Reflect.getOwnMetadata(FIELDS, prototype) as FieldDeclaration[] | undefined) ?? [];
}

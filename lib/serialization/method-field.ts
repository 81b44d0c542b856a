import type { ExternalType } from '../proto/external-message.js';
import type { FieldOptions } from './field-options.js';
import type { PathOf } from './model-paths.js';
import { declareField } from './declarations.js';
import type { ProtoSerializer, SerializerClass } from './proto-serializer.js';

/** Options of `@MethodField()`. */
export interface MethodFieldOptions<Need extends string = string> extends Pick<
  FieldOptions,
  'name' | 'description'
> {
  /**
   * What the method gives: a proto type such as `'int32'`, `'optional string'`, `'repeated string'`, what
   * `externalMessage()` gives, or a function that gives the serializer of the objects that it gives.
   */
  readonly type: string | ExternalType | (() => SerializerClass);
  /** The method gives a list of objects of the serializer. Default: false. */
  readonly many?: boolean;
  /** The method may give null instead of an object of the serializer, or of a message of somebody else. Default: false. */
  readonly nullable?: boolean;
  /**
   * Paths of the model that the method reads, beside what the message has anyway: `'price'`, `'author.name'`; a path that
   * ends at a relation stands for all columns of the related model. Scopes of relations do not hold for them, unless a
   * nested field reads the same relation. Default: none.
   */
  readonly needs?: readonly Need[];
}

/** What `@MethodField()` may stand on: methods of serializers whose model has the paths that it needs. */
export type MethodFieldDecorator<Need extends string> = <
  M extends object,
  F extends (object: M, ctx: never) => unknown,
>(
  prototype: ProtoSerializer<M> & NeedsOf<M, Need>,
  property: string,
  descriptor: TypedPropertyDescriptor<F>,
) => void;

/** Fits nothing when a needed path is none of the model's. */
export type NeedsOf<M, Need extends string> = [Need] extends [PathOf<M>]
  ? unknown
  : { readonly 'the model has no such path': Exclude<Need, PathOf<M>> };

/**
 * A field whose value a method of the serializer gives; in answers only. The method gets the object and the call's
 * context, may be async, and sees what the message reads of the model anyway and what it says that it needs: that is
 * loaded with the rest, to-one relations by join, to-many relations by one query for all objects. Reading anything else
 * is an error that names it, not `undefined`.
 *
 * Where the type is a serializer, the method gives objects of its model, or any objects with its properties.
 *
 * @example
 * \@MethodField({ type: 'string', needs: ['author.name'] })
 * byline(book: Book): string {
 *   return `${book.title} by ${book.author.name}`;
 * }
 *
 * \@MethodField({ type: () => ReviewSerializer, many: true, needs: ['reviews'] })
 * praise(book: Book, _ctx: GrpcContext): Review[] {
 *   return book.reviews.filter(({ stars }) => stars > 3);
 * }
 */
export function MethodField<const Need extends string = never>(
  options: MethodFieldOptions<Need>,
): MethodFieldDecorator<Need> {
  return (prototype, property) => declareField(prototype, { kind: 'method', property, options });
}

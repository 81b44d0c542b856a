import 'reflect-metadata';
import type { SerializerClass } from '../serialization/proto-serializer.js';

const ACTION = Symbol('nestjs-socio-grpc:action');

/** Stands in a declaration for something that is known only for a concrete controller. */
export type MessagePlaceholder =
  | { readonly placeholder: 'serializer'; readonly list: boolean; readonly partial: boolean }
  | { readonly placeholder: 'lookup' };

/** The controller's own serializer, whichever `getSerializer()` gives for the action. */
export const SelfSerializer: MessagePlaceholder = { placeholder: 'serializer', list: false, partial: false };
/** A list message of the controller's own serializer. */
export const ListOfSelf: MessagePlaceholder = { placeholder: 'serializer', list: true, partial: false };
/** The controller's own serializer with the names of the fields to change. */
export const PartialSelf: MessagePlaceholder = { placeholder: 'serializer', list: false, partial: true };
/** One message with the fields that find an object. */
export const LookupField: MessagePlaceholder = { placeholder: 'lookup' };

/** `{ id: 'string', note: 'optional string', tags: 'repeated string' }`: properties to proto types. */
export type FieldList = Readonly<Record<string, string>>;

/** What an action takes or gives: a serializer, a list of fields, or a placeholder. */
export type ActionMessage = SerializerClass | FieldList | MessagePlaceholder;

/** A name, or how it is made from the serializer's base name: `(base) => `${base}ListRequest``. */
export type NameOption = string | ((serializerBaseName: string) => string);

/** Options of `@GrpcAction()`. */
export interface GrpcActionOptions {
  /** The rpc. Default: the method's name with a capital first letter. */
  readonly name?: string;
  /** What the action takes. Default: `google.protobuf.Empty`. */
  readonly request?: ActionMessage;
  /** What it answers. Default: `google.protobuf.Empty`. */
  readonly response?: ActionMessage;
  /** Name of the request message. Default: built from serializer, or service and action. */
  readonly requestName?: NameOption;
  readonly responseName?: NameOption;
  /** The action takes an AsyncIterable of requests. Default: false. */
  readonly requestStream?: boolean;
  /** The action gives an AsyncIterable or Observable of answers. Default: false. */
  readonly responseStream?: boolean;
  /** Runs the action in one transaction on the controller's data source. Not for streams of answers. Default: false. */
  readonly transaction?: boolean;
  /** The action only reads: `IsAuthenticatedOrReadOnly` lets everybody call it. Default: false. */
  readonly safe?: boolean;
  /**
   * The request has `_filters` where the controller has filters, search or ordering; `filterQuery()` applies them. Needs a
   * request of listed fields. Default: false.
   */
  readonly filters?: boolean;
  /** The request has `_pagination` where there is a paginator; `paginate()` applies it. Needs a request of listed fields. Default: false. */
  readonly pagination?: boolean;
  /** Comment of the rpc in the `.proto`. */
  readonly description?: string | readonly string[];
}

/**
 * Makes a method of a controller an rpc. An override without the decorator keeps what the base declared; with
 * it, it replaces all of it.
 *
 * @example
 * \@GrpcAction({ request: { id: 'int32', note: 'optional string' }, response: PostSerializer })
 * async publish(request: { id: number; note?: string }, ctx: GrpcContext) { … }
 */
export function GrpcAction(options: GrpcActionOptions = {}): MethodDecorator {
  return (prototype, key) => Reflect.defineMetadata(ACTION, options, prototype, key);
}

/** Actions of a class with what was declared for them, base classes included, by method name. */
export function actionsOf(prototype: object): ReadonlyMap<string, GrpcActionOptions> {
  const found = new Map<string, GrpcActionOptions>();
  const chain: object[] = [];
  for (
    let proto: object | null = prototype;
    proto && proto !== Object.prototype;
    proto = Object.getPrototypeOf(proto) as object | null
  )
    chain.unshift(proto);
  for (const proto of chain)
    for (const key of Object.getOwnPropertyNames(proto)) {
      const options = Reflect.getOwnMetadata(ACTION, proto, key) as GrpcActionOptions | undefined;
      if (options) found.set(key, options);
    }
  return found;
}

export function isPlaceholder(message: ActionMessage): message is MessagePlaceholder {
  return PLACEHOLDERS.has(message);
}

const PLACEHOLDERS = new Set<unknown>([SelfSerializer, ListOfSelf, PartialSelf, LookupField]);

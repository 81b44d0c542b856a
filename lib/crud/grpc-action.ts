import 'reflect-metadata';
import type { FieldList } from '../generation/field-list.js';
import type { GenerationPlugin } from '../generation/generation-plugin.js';
import type { MessageNames } from '../generation/message-names.js';
import type { Placeholder } from '../generation/placeholders.js';
import type { WellKnownName } from '../proto/descriptors.js';
import { isExternal, type ExternalMessage } from '../proto/external-message.js';
import type { PermissionExpression } from '../request/permission-expressions.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import type { ActionDecorator } from './action-types.js';

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

/**
 * What an action takes or gives: a serializer, fields, a placeholder, a message such as `google.protobuf.Struct`, or one of
 * somebody else, from `externalMessage()`.
 */
export type ActionMessage =
  SerializerClass | FieldList | MessagePlaceholder | WellKnownName | ExternalMessage;

/** A name, or how it is made from the serializer's base name: `(base) => `${base}ListRequest``. */
export type NameOption = string | ((serializerBaseName: string) => string);

/** Options of `@GrpcAction()`. */
export interface GrpcActionOptions {
  /** The rpc. Default: the method's name with a capital first letter. */
  readonly name?: string | Placeholder<string>;
  /** What the action takes. Default: `google.protobuf.Empty`. */
  readonly request?: ActionMessage | Placeholder<ActionMessage>;
  /** What it answers. Default: `google.protobuf.Empty`. */
  readonly response?: ActionMessage | Placeholder<ActionMessage>;
  /** Name of the request message. Default: by `messageNames`, from serializer, or service and action. */
  readonly requestName?: NameOption | Placeholder<NameOption>;
  readonly responseName?: NameOption | Placeholder<NameOption>;
  /** Comment of the request message in the `.proto`, where no serializer has one of its own. */
  readonly requestDescription?: string | readonly string[];
  readonly responseDescription?: string | readonly string[];
  /** The action takes an AsyncIterable of requests. Default: false. */
  readonly requestStream?: boolean | Placeholder<boolean>;
  /** The action gives an AsyncIterable or Observable of answers. Default: false. */
  readonly responseStream?: boolean | Placeholder<boolean>;
  /** Runs the action in one transaction on the controller's data source. Not for streams of answers. Default: false. */
  readonly transaction?: boolean;
  /** The action only reads: `IsAuthenticatedOrReadOnly` lets everybody call it. Default: false. */
  readonly safe?: boolean;
  /** Who may call it. Default: what `getPermissions()` of the controller says, else its `permissions`, else the module's. */
  readonly permissions?: readonly PermissionExpression[];
  /** The request has `_filters` where the controller has filters, search or ordering; `filterQuery()` applies them. Default: false. */
  readonly filters?: boolean;
  /** The request has `_pagination` where there is a paginator; `paginate()` applies it. Default: false. */
  readonly pagination?: boolean;
  /** What changes the messages, behind the module's `generationPlugins`. Default: none. */
  readonly plugins?: readonly GenerationPlugin[] | Placeholder<readonly GenerationPlugin[]>;
  /** How the messages are named. Default: the module's. */
  readonly messageNames?: MessageNames;
  /** Comment of the rpc in the `.proto`. */
  readonly description?: string | readonly string[] | Placeholder<string | readonly string[]>;
}

/**
 * Makes a method of a controller an rpc. An override without the decorator keeps what the base declared; with
 * it, it replaces all of it. What the method takes and gives is checked against the options by the compiler, as far as
 * these say it: see `RequestOf` and `ResultOf`.
 *
 * @example
 * \@GrpcAction({ request: { id: 'int32', note: 'optional string' }, response: PostSerializer })
 * async publish(request: { id: number; note?: string }, ctx: GrpcContext) { … }
 */
export function GrpcAction<const O extends GrpcActionOptions>(options?: O): ActionDecorator<O> {
  return (prototype: object, key: string | symbol) =>
    Reflect.defineMetadata(ACTION, options ?? {}, prototype, key);
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

export function isPlaceholder(message: unknown): message is MessagePlaceholder {
  return PLACEHOLDERS.has(message);
}

export function isFieldList(message: ActionMessage | undefined): message is FieldList {
  return typeof message === 'object' && message !== null && !isPlaceholder(message) && !isExternal(message);
}

const PLACEHOLDERS = new Set<unknown>([SelfSerializer, ListOfSelf, PartialSelf, LookupField]);

import 'reflect-metadata';
import type { ObjectLiteral } from 'typeorm';
import { GenericController } from './generic-controller.js';
import type { List, Retrieve, Stream } from './read-actions.js';
import type { Create, Destroy, PartialUpdate, Update } from './write-actions.js';

/**
 * What the library's own actions add to a controller of a model. By name, and not as an {@link ActionKind}, so that it is
 * known of a model that is a type parameter too.
 */
export interface ActionTypes<M extends ObjectLiteral> {
  readonly list: List<M>;
  readonly stream: Stream<M>;
  readonly retrieve: Retrieve<M>;
  readonly create: Create<M>;
  readonly update: Update<M>;
  readonly partialUpdate: PartialUpdate<M>;
  readonly destroy: Destroy<M>;
}

type OwnAction = keyof ActionTypes<ObjectLiteral>;

/** What one action adds to a controller, as a function from the model to a type. */
export interface ActionKind {
  readonly model: unknown;
  readonly type: object;
}

/**
 * The model of an `ActionKind` as an entity type. No conditional type, which a type parameter would leave open: of a
 * known model this is the model itself, of a type parameter it is assignable to it and back.
 */
export type ModelOf<T> = T & {};

// oxlint-disable-next-line typescript/no-explicit-any -- a mixin's constructor takes whatever the user's takes
type AnyArguments = any[];

/** Any class that actions can be added to. */
export type ControllerBase = abstract new (...args: AnyArguments) => object;

/** A mixin: one action and its hooks, written as an ordinary generic class. */
export interface Action<K extends ActionKind | OwnAction> {
  readonly kind?: K;
  readonly source: ControllerBase;
}

/**
 * Makes a mixin of a class with one action.
 *
 * @example
 * abstract class Touch<M extends ObjectLiteral> extends GenericController<M> {
 *   \@GrpcAction({ request: LookupField, response: SelfSerializer })
 *   async touch(_request: object, ctx: GrpcContext) { … }
 * }
 * export interface TouchKind extends ActionKind { readonly type: Touch<ModelOf<this['model']>> }
 * export const TouchAction = action<TouchKind>(Touch);
 */
export function action<K extends ActionKind | OwnAction>(source: ControllerBase): Action<K> {
  return { source };
}

type TypeOf<A, M extends ObjectLiteral> = A extends { readonly kind?: infer K }
  ? K extends OwnAction
    ? ActionTypes<M>[K]
    : K extends ActionKind
      ? (K & { readonly model: M })['type']
      : never
  : never;
type AllOf<As extends readonly unknown[], M extends ObjectLiteral> = As extends readonly [
  infer First,
  ...infer Rest,
]
  ? TypeOf<First, M> & AllOf<Rest, M>
  : unknown;

type AnyAction = Action<ActionKind | OwnAction>;

/** A base class and the actions it already has, for the compiler. */
export type ComposedBase<As extends readonly AnyAction[]> = (abstract new <M extends ObjectLiteral>(
  ...args: AnyArguments
) => GenericController<M> & AllOf<As, M>) & { readonly composedOf?: As };

type ActionsOf<B> = B extends { readonly composedOf?: infer As extends readonly AnyAction[] }
  ? As
  : readonly [];

/**
 * A base class with the given actions, in any combination.
 *
 * @param base `GenericController`, or one of the named bases to add to it
 * @example
 * class PostController extends withActions(GenericController, ListAction, StreamAction)<Post> {}
 */
export function withActions<B extends ControllerBase, const As extends readonly AnyAction[]>(
  base: B,
  ...actions: As
): ComposedBase<[...ActionsOf<B>, ...As]>;
export function withActions(base: ControllerBase, ...actions: readonly AnyAction[]): ControllerBase {
  let composed = base;
  for (const { source } of actions) {
    abstract class Mixed extends composed {}
    copyMembers(source, Mixed);
    composed = Mixed;
  }
  return composed;
}

/** Methods with the metadata of the class, the prototype and their parameters. */
function copyMembers(source: ControllerBase, target: ControllerBase): void {
  const from = source.prototype as object;
  const to = target.prototype as object;
  for (const key of Reflect.ownKeys(from)) {
    if (key === 'constructor') continue;
    Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key) as PropertyDescriptor);
    copyMetadata(source, target, key);
    copyMetadata(from, to, key);
  }
}

function copyMetadata(from: object, to: object, property: string | symbol): void {
  for (const key of Reflect.getOwnMetadataKeys(from, property) as unknown[])
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from, property), to, property);
}

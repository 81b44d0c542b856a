import type { GrpcContext } from '../request/grpc-context.js';
import type { MaybePromise } from '../serialization/maybe-promise.js';

/**
 * What actions of the library do with the model of their controller. Under a symbol, as everything there that is not for
 * applications, so that their own members may have any name.
 */
export const ACCESS: unique symbol = Symbol('nestjs-socio-grpc:access');

/** What becomes of the results of actions. */
export interface ResultSerializer {
  /** The message of an entity; everything else stays what it is. */
  serializeResult(result: unknown, ctx: GrpcContext): unknown;
}

/** What an action does, and gives at once where it need not wait; who calls the action itself gets a promise. */
export type DirectAction = (controller: object, ctx: GrpcContext) => MaybePromise<unknown>;

const givers = new WeakMap<object, DirectAction | undefined>();

/**
 * Marks an action that gives messages, never entities: its results need no look.
 *
 * @param direct undefined: there is no other way than to call it
 */
export function GivesMessages(direct?: DirectAction): MethodDecorator {
  return (_prototype, _key, { value }: PropertyDescriptor) => void givers.set(value as object, direct);
}

export function givesMessages(action: object): boolean {
  return givers.has(action);
}

export function directOf(action: object): DirectAction | undefined {
  return givers.get(action);
}

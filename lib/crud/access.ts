import type { GrpcContext } from '../request/grpc-context.js';

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

const givers = new WeakSet<object>();

/** Marks an action that gives messages, never entities: its results need no look. */
export function GivesMessages(): MethodDecorator {
  return (_prototype, _key, { value }: PropertyDescriptor) => void givers.add(value as object);
}

export function givesMessages(action: object): boolean {
  return givers.has(action);
}

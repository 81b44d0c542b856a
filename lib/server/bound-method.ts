import type { MethodDescriptor } from '../proto/descriptors.js';
import type { Authenticator } from '../request/authentication.js';
import type { CallTarget } from '../request/call-facts.js';
import type { GrpcContext } from '../request/grpc-context.js';
import type { MaybePromise } from '../serialization/maybe-promise.js';
import type { MiddlewareFunction } from '../request/middleware.js';

/** One rpc, ready to be called: all that the dispatcher knows of it. */
export interface BoundMethod {
  readonly descriptor: MethodDescriptor;
  /** The proto package of its service. */
  readonly package: string;
  readonly target: CallTarget;
  /** All middleware of the call as one; undefined: there is none. */
  readonly around: MiddlewareFunction | undefined;
  readonly authenticators: readonly Authenticator[];
  /** Bytes -> request message; throws `DecodeError`. */
  readonly decode: (bytes: Uint8Array) => unknown;
  /** Answer -> bytes; throws `EncodeError`. */
  readonly encode: (message: unknown) => Buffer;
  /** Gives the call what its controller needs before anything of the application runs. */
  readonly prepare: (ctx: GrpcContext) => void;
  /** Whether Nest's pipeline is around the action; what is in it may ask for the current context. */
  readonly isPiped: boolean;
  /** The permissions, then the action, with Nest's pipeline around both where it has to do: a value or an Observable. */
  readonly handle: (argument: unknown, ctx: GrpcContext) => MaybePromise<unknown>;
}

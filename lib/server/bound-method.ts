import type { MethodDescriptor } from '../proto/descriptors.js';
import type { Authenticator } from '../request/authentication.js';
import type { CallTarget, GrpcContext } from '../request/grpc-context.js';
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
  /** Nest's pipeline around the action: a value or an Observable. */
  readonly handle: (argument: unknown, ctx: GrpcContext) => Promise<unknown>;
}

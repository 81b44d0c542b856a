/** A call that is not ours, an HTTP request or a handler of Nest's own gRPC transport, as authenticators see calls. */
import { Metadata } from '@grpc/grpc-js';
import type { ExecutionContext } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import type { GrpcStatus } from '../errors/grpc-status.js';
import type { CallLog } from './call-log.js';
import type { ConventionsName } from '../serialization/column-types.js';
import { CallLife } from './call-life.js';
import { createContextKey } from './context-values.js';
import { GrpcContext } from './grpc-context.js';

/** What carries the user on: `request.user` as everywhere in Nest, of an HTTP request or of a gRPC call object. */
export interface UserCarrier {
  user?: unknown;
}

interface HttpRequest extends UserCarrier {
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly ip?: string;
}

/** A call object of grpc-js, as Nest's own transport hands it on. */
interface GrpcCall extends UserCarrier {
  readonly getPeer?: () => string;
}

export function carrierOf(execution: ExecutionContext): UserCarrier {
  if (execution.getType() === 'http') return execution.switchToHttp().getRequest<UserCarrier>();
  // Nest's gRPC transport passes data, metadata and the call.
  return (execution.getArgByIndex<UserCarrier | undefined>(2) ??
    execution.switchToRpc().getContext()) as UserCarrier;
}

/** Guards and interceptors of one call have one context: what the first keeps there the others find. */
const contexts = new WeakMap<UserCarrier, GrpcContext>();

/** The call as a context of its own; its user is the one that a guard before has found. */
export function foreignContext(execution: ExecutionContext, conventions: ConventionsName): GrpcContext {
  const carrier = carrierOf(execution);
  const ctx = contexts.get(carrier) ?? makeContext(execution, carrier, conventions);
  contexts.set(carrier, ctx);
  ctx.user = carrier.user;
  return ctx;
}

/** Whether a line of the log will tell how the call ended. */
export const IS_LOGGED = createContextKey('is logged', false);

/** Where the interceptors and the guard for controllers that are not ours learn how the module is set up. */
export abstract class ForeignCallSettings {
  abstract readonly conventions: ConventionsName;
  abstract readonly log: CallLog;
}

/** An error as Nest's own gRPC transport sends it on: its filters let nothing else through. */
export function asRpcException({ code, message, details }: GrpcStatus, trailers?: Metadata): RpcException {
  const metadata = trailers ?? new Metadata();
  if (details) metadata.set('grpc-status-details-bin', details);
  return new RpcException({ code, message, details: message, metadata });
}

function makeContext(
  execution: ExecutionContext,
  carrier: UserCarrier,
  conventions: ConventionsName,
): GrpcContext {
  const http = execution.getType() === 'http' ? (carrier as HttpRequest) : undefined;
  const controller = execution.getClass();
  const action = execution.getHandler().name;
  return new GrpcContext(
    {
      metadata: http ? metadataOf(http) : execution.switchToRpc().getContext<Metadata>(),
      peer: http?.ip ?? (carrier as GrpcCall).getPeer?.() ?? 'unknown',
    },
    new CallLife(Infinity),
    {
      path: `${controller.name}/${action}`,
      service: controller.name,
      action,
      controller,
      safe: false,
      conventions,
    },
    {},
  );
}

function metadataOf({ headers = {} }: HttpRequest): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) {
    // HTTP knows bytes in headers only as text; a name that ends like this would have to be base64.
    if (value === undefined || name.startsWith(':') || name.endsWith('-bin')) continue;
    metadata.set(name, typeof value === 'string' ? value : value.join(', '));
  }
  return metadata;
}

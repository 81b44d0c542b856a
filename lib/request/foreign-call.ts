/** A call that is not ours, an HTTP request or a handler of Nest's own gRPC transport, as authenticators see calls. */
import { Metadata } from '@grpc/grpc-js';
import type { ExecutionContext } from '@nestjs/common';
import type { ConventionsName } from '../serialization/column-types.js';
import { GrpcContext } from './grpc-context.js';

/** What carries the user on: `request.user` as everywhere in Nest, of an HTTP request or of a gRPC call object. */
export interface UserCarrier {
  user?: unknown;
}

interface HttpRequest extends UserCarrier {
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly ip?: string;
}

export function carrierOf(execution: ExecutionContext): UserCarrier {
  if (execution.getType() === 'http') return execution.switchToHttp().getRequest<UserCarrier>();
  // Nest's gRPC transport passes data, metadata and the call.
  return (execution.getArgByIndex<UserCarrier | undefined>(2) ??
    execution.switchToRpc().getContext()) as UserCarrier;
}

/** The call as a context of its own; its user is the one that a guard before has found. */
export function foreignContext(execution: ExecutionContext, conventions: ConventionsName): GrpcContext {
  const carrier = carrierOf(execution);
  const http = execution.getType() === 'http' ? (carrier as HttpRequest) : undefined;
  const controller = execution.getClass();
  const action = execution.getHandler().name;
  const ctx = new GrpcContext(
    {
      metadata: http ? metadataOf(http) : execution.switchToRpc().getContext<Metadata>(),
      peer: http?.ip ?? 'unknown',
      deadline: undefined,
      signal: new AbortController().signal,
    },
    {
      path: `${controller.name}/${action}`,
      service: controller.name,
      action,
      controller,
      safe: false,
      conventions,
    },
  );
  ctx.user = carrier.user;
  return ctx;
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

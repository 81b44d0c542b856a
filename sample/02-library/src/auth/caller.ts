import type { GrpcContext } from 'nestjs-socio-grpc';
import type { Role } from '../members/member.entity.js';

/** Who calls, as the token says: `ctx.user` of gRPC calls, `request.caller` of HTTP requests. */
export interface Caller {
  readonly id: number;
  readonly role: Role;
  readonly branch: number;
}

/** What a token carries. */
export interface Claims {
  readonly sub: string;
  readonly role: Role;
  readonly branch: number;
}

export function callerFrom({ sub, role, branch }: Claims): Caller {
  return { id: Number(sub), role, branch };
}

/** `ctx.user` with its type; for code that runs only where `IsAuthenticated` holds. */
export function callerOf(ctx: GrpcContext): Caller {
  return ctx.user as Caller;
}

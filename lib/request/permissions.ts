import { Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { GrpcPermissionDeniedException, GrpcUnauthenticatedException } from '@nestjs/microservices';
import { GrpcContext } from './grpc-context.js';

/**
 * Decides whether a caller may do what it asks. Both questions default to yes.
 *
 * @example
 * class IsOwner extends Permission<Post> {
 *   override hasObjectPermission(ctx: GrpcContext, post: Post) {
 *     return post.ownerId === (ctx.user as User).id;
 *   }
 * }
 */
export abstract class Permission<M = unknown> {
  /** Asked before each call. */
  hasPermission(_ctx: GrpcContext): boolean | Promise<boolean> {
    return true;
  }

  /** Asked with the object that the call is about, before anything happens to it. */
  hasObjectPermission(_ctx: GrpcContext, _object: M): boolean | Promise<boolean> {
    return true;
  }
}

// A permission for one model is a fit choice in a list for any.
export type PermissionClass = Type<Permission<never>>;

/** Everybody may. Stating it is how a service is opened on purpose. */
@Injectable()
export class AllowAny extends Permission {}

/** Everybody whom an authenticator knows. */
@Injectable()
export class IsAuthenticated extends Permission {
  override hasPermission(ctx: GrpcContext): boolean {
    return ctx.user !== undefined && ctx.user !== null;
  }
}

/** Where the guard finds the permissions of a controller; filled at boot. */
export abstract class PermissionSource {
  abstract permissionsOf(controller: object): readonly Permission[];
}

/**
 * Asks the permissions of a controller before its actions. `@GrpcController()` attaches it. It throws instead of
 * returning false, which Nest would turn into UNKNOWN.
 */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(private readonly source: PermissionSource) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const ctx = GrpcContext.current();
    if (!ctx) return true;
    for (const permission of this.source.permissionsOf(execution.getClass()))
      if (!(await permission.hasPermission(ctx))) throw refusal(ctx);
    return true;
  }
}

/** @internal */
export async function assertObjectPermission(
  permissions: readonly Permission[],
  ctx: GrpcContext,
  object: unknown,
): Promise<void> {
  for (const permission of permissions)
    if (!(await permission.hasObjectPermission(ctx, object))) throw refusal(ctx);
}

/** Without credentials the caller can mend it by sending some; with them it cannot. */
function refusal(ctx: GrpcContext): Error {
  return ctx.user === undefined || ctx.user === null
    ? new GrpcUnauthenticatedException('Authentication credentials were not provided.')
    : new GrpcPermissionDeniedException('You do not have permission to perform this action.');
}

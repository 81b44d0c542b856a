import { Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { GrpcPermissionDeniedException, GrpcUnauthenticatedException } from '@nestjs/microservices';
import { GrpcContext } from './grpc-context.js';

/**
 * Decides whether a caller may do what it asks. Both questions default to yes.
 *
 * @example
 * class IsOwner extends Permission<Post> {
 *   override readonly message = 'Only the author may do this.';
 *   override hasObjectPermission(ctx: GrpcContext, post: Post) {
 *     return post.ownerId === (ctx.user as User).id;
 *   }
 * }
 */
export abstract class Permission<M = unknown> {
  /**
   * What a refused caller is told. Default: "You do not have permission to perform this action." Not told where the
   * permission is an operand of `and()`, `or()` or `not()`, nor to callers who did not say who they are.
   */
  readonly message?: string | undefined;

  /** Asked before each call. */
  hasPermission(_ctx: GrpcContext): boolean | Promise<boolean> {
    return true;
  }

  /** Asked with the object that the call is about, before anything happens to it. */
  hasObjectPermission(_ctx: GrpcContext, _object: M): boolean | Promise<boolean> {
    return true;
  }
}

/** A permission's class, as options take it; one for a certain model fits everywhere. */
export type PermissionClass = Type<Permission<never>>;

/** Everybody may. Stating it is how a service is opened on purpose. */
@Injectable()
export class AllowAny extends Permission {}

/** Everybody whom an authenticator knows. */
@Injectable()
export class IsAuthenticated extends Permission {
  override hasPermission(ctx: GrpcContext): boolean {
    return isKnown(ctx);
  }
}

/**
 * Everybody may read, whom an authenticator knows may also write. Actions that read are List, Retrieve, Stream and
 * those with `@GrpcAction({ safe: true })`; under the conventions `dsg` Stream is not among them, as in the reference.
 */
@Injectable()
export class IsAuthenticatedOrReadOnly extends Permission {
  override hasPermission(ctx: GrpcContext): boolean {
    return ctx.safe || isKnown(ctx);
  }
}

/**
 * A permission for users with one of the given roles: `ctx.user.roles` contains it, or `ctx.user.role` is it.
 *
 * @example
 * \@GrpcController({ serializer: PostSerializer, permissions: [HasRole('editor', 'admin')] })
 */
export function HasRole(...roles: readonly string[]): PermissionClass {
  @Injectable()
  class HasOneOfTheRoles extends Permission {
    override hasPermission(ctx: GrpcContext): boolean {
      const { roles: several, role: one } = (ctx.user ?? {}) as { roles?: unknown; role?: unknown };
      const own: readonly unknown[] = Array.isArray(several) ? several : [one];
      return roles.some((role) => own.includes(role));
    }
  }
  return Object.defineProperty(HasOneOfTheRoles, 'name', { value: `HasRole(${roles.join(', ')})` });
}

/** Users with the role `admin`. */
export const IsAdmin = HasRole('admin');

/** Where the guard finds the permissions of an action; filled at boot. */
export abstract class PermissionSource {
  abstract permissionsOf(controller: object, action: string): readonly Permission[];
}

/**
 * Asks the permissions of a controller before its actions. `@GrpcController()` attaches it. It throws instead of
 * returning false, which Nest would turn into UNKNOWN.
 */
@Injectable()
export class PermissionGuard implements CanActivate {
  /** @internal */
  constructor(private readonly source: PermissionSource) {}

  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const ctx = GrpcContext.current();
    if (!ctx)
      throw new Error(
        `${execution.getClass().name}: PermissionGuard knows the permissions of @GrpcController() classes only. Take another guard here.`,
      );
    const asked = assertPermitted(this.source.permissionsOf(execution.getClass(), ctx.action), ctx);
    return asked ? asked.then(() => true) : true;
  }
}

/**
 * @internal undefined when all permissions agreed at once
 * @throws GrpcUnauthenticatedException or GrpcPermissionDeniedException by the first that refuses
 */
export function assertPermitted(
  permissions: readonly Permission[],
  ctx: GrpcContext,
): Promise<void> | undefined {
  for (let index = 0; index < permissions.length; index++) {
    const permission = permissions[index] as Permission;
    const allowed = permission.hasPermission(ctx);
    if (typeof allowed !== 'boolean') return askOn(allowed, permissions.slice(index), ctx);
    if (!allowed) throw refusal(ctx, permission);
  }
  return undefined;
}

async function askOn(
  asked: Promise<boolean>,
  [permission, ...others]: readonly Permission[],
  ctx: GrpcContext,
): Promise<void> {
  if (!(await asked)) throw refusal(ctx, permission as Permission);
  await assertPermitted(others, ctx);
}

/** @internal says of a permission of others whether one of them judges objects */
export const JUDGES: unique symbol = Symbol('nestjs-socio-grpc:judges objects');

/** @internal whether a permission has a say about single objects */
export function judgesObjects(permission: Judge): boolean {
  return permission[JUDGES] ?? permission.hasObjectPermission !== Permission.prototype.hasObjectPermission;
}

interface Judge {
  readonly [JUDGES]?: boolean;
  readonly hasObjectPermission: unknown;
}

/** @internal */
export async function assertObjectPermission(
  permissions: readonly Permission[],
  ctx: GrpcContext,
  object: unknown,
): Promise<void> {
  for (const permission of permissions)
    if (!(await permission.hasObjectPermission(ctx, object))) throw refusal(ctx, permission);
}

/**
 * Without credentials the caller can mend it by sending some, whatever a permission says; with them it cannot. The
 * reference denies both.
 */
function refusal(ctx: GrpcContext, { message }: Permission): Error {
  if (isKnown(ctx) || ctx.conventions === 'dsg')
    return new GrpcPermissionDeniedException(message ?? 'You do not have permission to perform this action.');
  const cannotSay = ctx.authenticators.length === 0;
  return new GrpcUnauthenticatedException(
    (cannotSay ? message : undefined) ?? 'Authentication credentials were not provided.',
  );
}

function isKnown({ user }: GrpcContext): boolean {
  return user !== undefined && user !== null;
}

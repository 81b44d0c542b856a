/**
 * Permissions combined, with the meaning that Django REST framework's operators have. Like those they have no message: of
 * several refusals none is the reason, and one operand's message would be told where another one refused.
 */
import { JUDGES, judgesObjects, Permission, type PermissionClass } from './permissions.js';
import type { GrpcContext } from './grpc-context.js';

/** A permission, or several combined by `and()`, `or()`, `not()`. */
export type PermissionExpression = PermissionClass | CombinedPermission;

/** What `and()`, `or()` and `not()` give. */
export class CombinedPermission {
  /** @internal */
  constructor(
    readonly operands: readonly PermissionExpression[],
    readonly combine: (operands: readonly Permission[]) => Permission,
  ) {}
}

/**
 * All of them must agree. That is what a list of permissions means too; it is of use inside `or()`.
 *
 * @example
 * permissions: [or(IsAdmin, and(IsAuthenticated, IsOwner))]
 */
export function and(...permissions: readonly PermissionExpression[]): CombinedPermission {
  return new CombinedPermission(permissions, (operands) => new All(operands));
}

/** One of them must agree: to the call, and where there is an object, to the call and to the object. */
export function or(...permissions: readonly PermissionExpression[]): CombinedPermission {
  return new CombinedPermission(permissions, (operands) => new Any(operands));
}

/** Who would be refused may, and the other way round; for calls and for objects. */
export function not(permission: PermissionExpression): CombinedPermission {
  return new CombinedPermission([permission], ([operand]) => new Negated(operand as Permission));
}

/** @internal the classes that an expression needs instances of, replaced by these */
export async function resolvePermission(
  expression: PermissionExpression,
  instanceOf: (type: PermissionClass) => Promise<Permission>,
): Promise<Permission> {
  if (!(expression instanceof CombinedPermission)) return instanceOf(expression);
  const operands = expression.operands.map((operand) => resolvePermission(operand, instanceOf));
  return expression.combine(await Promise.all(operands));
}

class All extends Permission {
  readonly [JUDGES]: boolean;

  constructor(private readonly operands: readonly Permission[]) {
    super();
    this[JUDGES] = operands.some(judgesObjects);
  }

  override async hasPermission(ctx: GrpcContext): Promise<boolean> {
    for (const operand of this.operands) if (!(await operand.hasPermission(ctx))) return false;
    return true;
  }

  override async hasObjectPermission(ctx: GrpcContext, object: unknown): Promise<boolean> {
    for (const operand of this.operands) if (!(await operand.hasObjectPermission(ctx, object))) return false;
    return true;
  }
}

class Any extends Permission {
  readonly [JUDGES]: boolean;

  constructor(private readonly operands: readonly Permission[]) {
    super();
    this[JUDGES] = operands.some(judgesObjects);
  }

  override async hasPermission(ctx: GrpcContext): Promise<boolean> {
    for (const operand of this.operands) if (await operand.hasPermission(ctx)) return true;
    return false;
  }

  /** An operand that refused the call has no say in the object: it would let everybody in who fails it. */
  override async hasObjectPermission(ctx: GrpcContext, object: unknown): Promise<boolean> {
    for (const operand of this.operands)
      if ((await operand.hasPermission(ctx)) && (await operand.hasObjectPermission(ctx, object))) return true;
    return false;
  }
}

class Negated extends Permission {
  constructor(private readonly operand: Permission) {
    super();
  }

  override async hasPermission(ctx: GrpcContext): Promise<boolean> {
    return !(await this.operand.hasPermission(ctx));
  }

  override async hasObjectPermission(ctx: GrpcContext, object: unknown): Promise<boolean> {
    return !(await this.operand.hasObjectPermission(ctx, object));
  }
}

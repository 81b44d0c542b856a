/** Who may call an action: what its options say, else what the controller says of it; the module's hold elsewhere. */
import type { Type } from '@nestjs/common';
import { GenericController } from '../crud/generic-controller.js';
import type { GrpcActionOptions } from '../crud/grpc-action.js';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import type { PermissionExpression } from '../request/permission-expressions.js';

/** Undefined: nobody stated any. `getPermissions()` is asked here, once. */
export function statedPermissions(
  controller: Type<object>,
  action: string,
  options: Pick<GrpcActionOptions, 'permissions'>,
  problems: string[],
): readonly PermissionExpression[] | undefined {
  if (options.permissions !== undefined)
    return checked(`${controller.name}.${action}: its "permissions"`, options.permissions, problems);
  const prototype = controller.prototype as object;
  if (!(prototype instanceof GenericController)) return controllerOptionsOf(controller)?.permissions;
  const place = `${controller.name}.getPermissions("${action}")`;
  try {
    return checked(`${place}: what it gives`, prototype.getPermissions(action), problems);
  } catch (error) {
    problems.push(
      `${place}: fails with "${error instanceof Error ? error.message : String(error)}". ` +
        'It is asked at boot, without an instance: let the answer depend on the name alone, not on properties of "this".',
    );
    return undefined;
  }
}

function checked(
  what: string,
  given: unknown,
  problems: string[],
): readonly PermissionExpression[] | undefined {
  if (given === undefined) return undefined;
  // What is no class in it is found when its instances are made.
  if (Array.isArray(given)) return given as PermissionExpression[];
  problems.push(
    `${what} is no list of permissions. Expected one such as [IsAuthenticated, or(IsAdmin, IsOwner)].`,
  );
  return undefined;
}

import { and, AllowAny, IsAuthenticated, not, or, Permission } from 'nestjs-socio-grpc';
import { expect, it } from 'vitest';
import { resolvePermission, type PermissionExpression } from '../../../lib/request/permission-expressions.js';
import { judgesObjects } from '../../../lib/request/permissions.js';

class IsOwner extends Permission {
  override hasObjectPermission() {
    return false;
  }
}

const CASES: readonly (readonly [string, PermissionExpression, boolean])[] = [
  ['one that says nothing of objects', IsAuthenticated, false],
  ['one that does', IsOwner, true],
  ['and() of the first kind', and(IsAuthenticated, AllowAny), false],
  ['or() of the first kind', or(IsAuthenticated, AllowAny), false],
  ['and() with one that does', and(IsAuthenticated, IsOwner), true],
  ['or() with one that does, further inside', or(IsAuthenticated, and(AllowAny, IsOwner)), true],
  // As in Django REST framework: what lets every object pass lets none pass when it is turned round.
  ['not()', not(IsAuthenticated), true],
];

it.each(CASES)(
  'a permission judges objects when a part of it does: %s',
  async (_name, expression, judges) => {
    const permission = await resolvePermission(expression, async (type) => new type() as Permission);
    expect(judgesObjects(permission)).toBe(judges);
  },
);

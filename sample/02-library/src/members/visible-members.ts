import type { GrpcContext, Scope } from 'nestjs-socio-grpc';
import { callerOf } from '../auth/caller.js';
import { Role, type Member } from './member.entity.js';

/** Admins see everybody, librarians their branch, readers themselves. */
export class VisibleMembers implements Scope<Member> {
  where(ctx: GrpcContext) {
    const { id, role, branch } = callerOf(ctx);
    if (role === Role.Admin) return {};
    return role === Role.Librarian ? { branch: { id: branch } } : { id };
  }
}

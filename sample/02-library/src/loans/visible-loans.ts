import type { GrpcContext, Scope } from 'nestjs-socio-grpc';
import { callerOf } from '../auth/caller.js';
import { Role } from '../members/member.entity.js';
import type { Loan } from './loan.entity.js';

/** Readers see their own loans, librarians those of their branch, admins all. */
export class VisibleLoans implements Scope<Loan> {
  where(ctx: GrpcContext) {
    const { id, role, branch } = callerOf(ctx);
    if (role === Role.Admin) return {};
    return role === Role.Librarian ? { book: { branch: { id: branch } } } : { member: { id } };
  }
}

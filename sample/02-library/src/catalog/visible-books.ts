import type { GrpcContext, Scope } from 'nestjs-socio-grpc';
import { callerOf } from '../auth/caller.js';
import { Role } from '../members/member.entity.js';
import { BookState, type Book } from './book.entity.js';

/** Each branch has its own catalogue, and readers do not see drafts. Admins see everything. */
export class VisibleBooks implements Scope<Book> {
  where(ctx: GrpcContext) {
    const { role, branch: id } = callerOf(ctx);
    if (role === Role.Admin) return {};
    return { branch: { id }, ...(role === Role.Reader && { state: BookState.Published }) };
  }
}

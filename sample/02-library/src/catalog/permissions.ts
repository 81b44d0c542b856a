import { HasRole, or, Permission, type GrpcContext } from 'nestjs-socio-grpc';
import { callerOf } from '../auth/caller.js';
import { Role } from '../members/member.entity.js';
import type { Book } from './book.entity.js';

/** Actions that change nothing: List, Retrieve, Stream, and those with `safe: true`. */
class Reads extends Permission {
  override hasPermission(ctx: GrpcContext): boolean {
    return ctx.user !== undefined && ctx.safe;
  }
}

class OwnerWrites extends Permission<Book> {
  override readonly message = 'Only who brought the book into the catalogue may do this.';

  override hasObjectPermission(ctx: GrpcContext, book: Book): boolean {
    const { id, role } = callerOf(ctx);
    return ctx.safe || role === Role.Admin || book.ownerId === id;
  }
}

/** Members read, librarians write. */
export const CATALOG_PERMISSIONS = [or(Reads, HasRole(Role.Librarian, Role.Admin))];
/** The same, but an existing book is its owner's, or an admin's. */
export const BOOK_PERMISSIONS = [...CATALOG_PERMISSIONS, OwnerWrites];

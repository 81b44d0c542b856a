import { GrpcPermissionDeniedException } from '@nestjs/microservices';
import {
  CreateAction,
  GrpcController,
  HasRole,
  ReadOnlyController,
  withActions,
  type GrpcContext,
  type Values,
} from 'nestjs-socio-grpc';
import { callerOf } from '../auth/caller.js';
import { hashPassword } from '../auth/password.js';
import { Role, type Member } from './member.entity.js';
import { MemberSerializer } from './member.serializer.js';
import { VisibleMembers } from './visible-members.js';

@GrpcController({
  serializer: MemberSerializer,
  permissions: [HasRole(Role.Librarian, Role.Admin)],
  scope: VisibleMembers,
  filters: { role: ['exact', 'in'], name: ['icontains'], openLoans: ['gt'] },
  search: ['name', '^email'],
  ordering: { fields: ['name', 'joinedAt'] },
})
export class MemberController extends withActions(ReadOnlyController, CreateAction)<Member> {
  /** New members belong to the branch of whoever lets them in. */
  protected override async performCreate(values: Values<Member> & { password?: string }, ctx: GrpcContext) {
    const { role, branch } = callerOf(ctx);
    const { password = '', ...member } = values;
    if (role !== Role.Admin && (member.role ?? Role.Reader) !== Role.Reader)
      throw new GrpcPermissionDeniedException('Only an admin may let in librarians and admins.');
    const passwordHash = await hashPassword(password);
    return super.performCreate({ ...member, passwordHash, branch: { id: branch } }, ctx);
  }
}

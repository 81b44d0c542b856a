import { IsEmail, MinLength } from 'class-validator';
import { Field, ModelSerializer, ProtoSerializer } from 'nestjs-socio-grpc';
import { Member } from './member.entity.js';

@ModelSerializer({
  model: Member,
  fields: ['id', 'email', 'name', 'role', 'branch', 'openLoans', 'joinedAt', 'password'],
  readOnly: ['branch', 'openLoans'],
})
export class MemberSerializer extends ProtoSerializer<Member> {
  @Field() @IsEmail() email!: string;

  /** In requests only, and no column: `MemberController` stores its hash. */
  @Field({ writeOnly: true, description: 'at least 10 characters' }) @MinLength(10) password!: string;

  validateEmail(email: string) {
    return email.toLowerCase();
  }
}

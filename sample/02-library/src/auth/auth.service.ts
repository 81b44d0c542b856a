import { Injectable, UnauthorizedException } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Member } from '../members/member.entity.js';
import type { Claims } from './caller.js';
import { hashPassword, isPassword } from './password.js';

export interface Login {
  readonly email: string;
  readonly password: string;
}

@Injectable()
export class AuthService {
  /** Who has no account takes as long to be refused as who has one. */
  private readonly nobody = hashPassword('nobody has this password');

  constructor(
    @InjectRepository(Member) private readonly members: Repository<Member>,
    private readonly jwt: JwtService,
  ) {}

  /**
   * A token for the member with this address and password.
   *
   * @throws UnauthorizedException that does not tell which of the two is wrong; UNAUTHENTICATED in a gRPC call
   */
  async login({ email, password }: Login): Promise<{ token: string }> {
    const member = await this.members.findOne({
      where: { email: email.toLowerCase() },
      relations: { branch: true },
      select: { id: true, role: true, passwordHash: true, branch: { id: true } },
    });
    const right = await isPassword(password, member?.passwordHash ?? (await this.nobody));
    if (!member || !right) throw new UnauthorizedException('The address or the password is wrong.');
    const claims: Claims = { sub: String(member.id), role: member.role, branch: member.branch.id };
    return { token: await this.jwt.signAsync(claims) };
  }
}

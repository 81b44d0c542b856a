import type { IncomingMessage } from 'node:http';
import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { callerFrom, type Caller, type Claims } from './caller.js';

export interface CallerRequest extends IncomingMessage {
  caller: Caller;
}

/**
 * The guard of Nest's own documentation, for HTTP. Its `JwtService` is the one that `BearerAuthentication` uses in gRPC
 * calls: keys, audience, issuer and clock tolerance are stated once, in `AuthModule`. (`AuthenticationGuard` of
 * nestjs-socio-grpc does the same without a line.)
 */
@Injectable()
export class HttpJwtGuard implements CanActivate {
  constructor(private readonly jwt: JwtService) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const request = execution.switchToHttp().getRequest<CallerRequest>();
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'bearer') throw new UnauthorizedException();
    try {
      request.caller = callerFrom(await this.jwt.verifyAsync<Claims>(token));
    } catch {
      throw new UnauthorizedException();
    }
    return true;
  }
}

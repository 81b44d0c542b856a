import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { GrpcUnauthenticatedException } from '@nestjs/microservices';
import type { ConventionsName } from '../serialization/column-types.js';
import { authenticate, type Authenticator } from './authentication.js';
import { carrierOf, foreignContext } from './foreign-call.js';
import { GrpcContext } from './grpc-context.js';

/** Where the guard finds the module's authenticators; filled at boot. */
export abstract class AuthenticationSource {
  abstract readonly conventions: ConventionsName;
  abstract authenticatorsFor(controller: object): Promise<readonly Authenticator[]>;
}

/**
 * The module's authenticators for controllers written by hand: HTTP routes of a hybrid application, and handlers of
 * Nest's own gRPC transport. What they find is `request.user`, or `call.user`; a caller that nobody knows is refused. Our
 * own controllers need it not: there authenticators run before all guards.
 *
 * @example
 * \@Controller('me')
 * \@UseGuards(AuthenticationGuard)
 * class MeController {
 *   \@Get() me(\@Req() request: { user: User }) { return request.user; }
 * }
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  /** @internal */
  constructor(private readonly source: AuthenticationSource) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const own = GrpcContext.current();
    if (own) return isKnown(own) || refuse('rpc');
    const ctx = foreignContext(execution, this.source.conventions);
    try {
      await authenticate(await this.source.authenticatorsFor(execution.getClass()), ctx);
    } catch (error) {
      throw execution.getType() === 'http' ? asHttp(error) : error;
    }
    if (!isKnown(ctx)) return refuse(execution.getType());
    carrierOf(execution).user = ctx.user;
    return true;
  }
}

function isKnown({ user }: GrpcContext): boolean {
  return user !== undefined && user !== null;
}

function refuse(type: string): never {
  const message = 'Authentication credentials were not provided.';
  throw type === 'http' ? new UnauthorizedException(message) : new GrpcUnauthenticatedException(message);
}

function asHttp(error: unknown): unknown {
  return error instanceof GrpcUnauthenticatedException ? new UnauthorizedException(error.message) : error;
}

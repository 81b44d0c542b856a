import { status as Status } from '@grpc/grpc-js';
import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GrpcUnauthenticatedException } from '@nestjs/microservices';
import { toGrpcStatus } from '../errors/to-grpc-status.js';
import { authenticate, challengesOf, type Authenticator } from './authentication.js';
import { asRpcException, carrierOf, foreignContext, ForeignCallSettings } from './foreign-call.js';
import { GrpcContext } from './grpc-context.js';

/** Where the guard finds the module's authenticators; filled at boot. */
export abstract class AuthenticationSource {
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
  constructor(
    private readonly source: AuthenticationSource,
    private readonly settings: ForeignCallSettings,
    private readonly http: HttpAdapterHost,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const own = GrpcContext.current();
    if (own) return isKnown(own) || refuse();
    const ctx = foreignContext(execution, this.settings.conventions);
    const authenticators = await this.source.authenticatorsFor(execution.getClass());
    try {
      await authenticate(authenticators, ctx);
      if (!isKnown(ctx)) refuse();
    } catch (error) {
      throw execution.getType() === 'http'
        ? this.asHttp(error, authenticators, execution)
        : this.asRpc(error, authenticators, ctx);
    }
    carrierOf(execution).user = ctx.user;
    return true;
  }

  /** An authenticator that is broken is for Nest to answer and to log. */
  private asHttp(
    error: unknown,
    authenticators: readonly Authenticator[],
    execution: ExecutionContext,
  ): unknown {
    if (!(error instanceof GrpcUnauthenticatedException)) return error;
    const challenges = challengesOf(authenticators);
    if (challenges.length > 0)
      this.http.httpAdapter.setHeader(
        execution.switchToHttp().getResponse(),
        CHALLENGE,
        challenges.join(', '),
      );
    return new UnauthorizedException(error.message);
  }

  /** Nest's filters replace what is unexpected, so that this is the only place that sees it. */
  private asRpc(error: unknown, authenticators: readonly Authenticator[], ctx: GrpcContext): unknown {
    const status = toGrpcStatus(error, { style: this.settings.conventions });
    if (status.cause !== undefined) this.settings.log.fault(ctx, status);
    if (status.code === Status.UNAUTHENTICATED)
      for (const challenge of challengesOf(authenticators)) ctx.trailingMetadata.add(CHALLENGE, challenge);
    return asRpcException(status, ctx.trailingMetadata);
  }
}

const CHALLENGE = 'www-authenticate';

function isKnown({ user }: GrpcContext): boolean {
  return user !== undefined && user !== null;
}

function refuse(): never {
  throw new GrpcUnauthenticatedException('Authentication credentials were not provided.');
}

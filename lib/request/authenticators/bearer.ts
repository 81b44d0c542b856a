import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Authenticator, Credentials } from '../authentication.js';
import type { GrpcContext } from '../grpc-context.js';
import { whenDone } from '../../serialization/maybe-promise.js';
import { credentialsOf, refused } from './scheme.js';
import { VerifiedTokens } from './verified-tokens.js';

/** Options of `BearerAuthentication.with()`. */
export interface BearerOptions {
  /**
   * Checks a token; undefined refuses it. Default: `JwtService.verifyAsync()` of `@nestjs/jwt`, whose `JwtModule` says
   * which secrets or keys, audience, issuer and clock tolerance hold.
   */
  readonly verify?: (token: string, ctx: GrpcContext) => Promise<unknown> | unknown;
  /** The user that a token's claims stand for; undefined refuses the token. Default: the claims themselves. */
  readonly user?: (claims: never, ctx: GrpcContext) => Promise<unknown> | unknown;
}

/** What of `@nestjs/jwt` is used; the package is optional. */
interface JwtService {
  verifyAsync(token: string): Promise<object>;
}

/**
 * `authorization: Bearer <token>`. As it is, tokens are JWTs and `JwtModule` of `@nestjs/jwt` verifies them, with the one
 * configuration that HTTP guards of the application use too. `ctx.user` and `ctx.auth` are the claims. The signature of a
 * token that was verified is not looked at again for a minute, its expiry is; `findUser()` is asked in each call.
 *
 * @example
 * JwtModule.register({ global: true, secret, verifyOptions: { audience: 'shop', clockTolerance: 5 } }),
 * SocioGrpcModule.forRoot({ authentication: [BearerAuthentication] }),
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
@Injectable()
export class BearerAuthentication implements Authenticator {
  readonly challenge = 'Bearer';
  protected readonly verifiesJwt: boolean = this.verify === BearerAuthentication.prototype.verify;
  private jwt: Promise<JwtService> | undefined;
  private verified: VerifiedTokens | undefined;

  constructor(@Inject(ModuleRef) private readonly moduleRef: ModuleRef) {}

  /**
   * The same with a way of its own to verify tokens, or to find users.
   *
   * @example
   * BearerAuthentication.with({ user: (claims: { sub: string }) => ({ id: Number(claims.sub) }) })
   */
  static with(options: BearerOptions): Type<BearerAuthentication> {
    @Injectable()
    class ConfiguredBearerAuthentication extends BearerAuthentication {
      protected override readonly verifiesJwt = !options.verify;

      protected override verify(token: string, ctx: GrpcContext): Promise<unknown> | unknown {
        return options.verify ? options.verify(token, ctx) : super.verify(token, ctx);
      }

      protected override findUser(claims: unknown, ctx: GrpcContext): Promise<unknown> | unknown {
        return options.user ? options.user(claims as never, ctx) : super.findUser(claims, ctx);
      }
    }
    return ConfiguredBearerAuthentication;
  }

  /** @throws Error when tokens are JWTs and there is no `JwtService` to verify them */
  async assertReady(): Promise<void> {
    if (this.verifiesJwt) await this.findJwtService();
  }

  authenticate(ctx: GrpcContext): PromiseLike<Credentials | undefined> | Credentials | undefined {
    const token = credentialsOf(ctx, 'Bearer');
    if (token === undefined) return undefined;
    return whenDone(this.verify(token, ctx), (auth) =>
      whenDone(auth && this.findUser(auth, ctx), (user) => {
        if (!user) throw refused('The token is not valid.', 'TOKEN_INVALID');
        return { user, auth };
      }),
    );
  }

  /** Override it to verify another kind of token. */
  protected verify(token: string, _ctx: GrpcContext): Promise<unknown> | unknown {
    return this.verified?.find(token) ?? this.verifyJwt(token);
  }

  private async verifyJwt(token: string): Promise<unknown> {
    this.jwt ??= this.findJwtService();
    const jwt = await this.jwt;
    try {
      const claims = await jwt.verifyAsync(token);
      if (typeof claims === 'object') this.verified?.add(token, claims);
      return claims;
    } catch (error) {
      throw tokenError(error);
    }
  }

  /** Override it to load the user that a token stands for. */
  protected findUser(claims: unknown, _ctx: GrpcContext): Promise<unknown> | unknown {
    return claims;
  }

  private async findJwtService(): Promise<JwtService> {
    const { JwtService } = await import('@nestjs/jwt').catch((error: unknown) => {
      throw new Error(`${JWT_NEEDED} Install @nestjs/jwt and import its JwtModule${OWN_WAY}`, {
        cause: error,
      });
    });
    try {
      const service = this.moduleRef.get<JwtService>(JwtService, { strict: false });
      this.verified = VerifiedTokens.of(service, JwtService);
      return service;
    } catch (error) {
      throw new Error(`${JWT_NEEDED} Import JwtModule of @nestjs/jwt${OWN_WAY}`, { cause: error });
    }
  }
}

const JWT_NEEDED = 'BearerAuthentication verifies JWTs, but there is no JwtService.';
const OWN_WAY = ', or verify tokens in a way of your own: BearerAuthentication.with({ verify }).';

/** What jsonwebtoken says of a token is for its bearer; what goes wrong around it is not. */
function tokenError(error: unknown): unknown {
  switch ((error as { name?: unknown }).name) {
    case 'TokenExpiredError':
      return refused('The token has expired.', 'TOKEN_EXPIRED');
    case 'NotBeforeError':
      return refused('The token is not valid yet.', 'TOKEN_NOT_ACTIVE');
    case 'JsonWebTokenError':
      return refused('The token is not valid.', 'TOKEN_INVALID');
    default:
      return error;
  }
}

import { Injectable, type Type } from '@nestjs/common';
import type { Authenticator, Credentials } from '../authentication.js';
import type { GrpcContext } from '../grpc-context.js';
import { credentialsOf, equalSecrets, refused } from './scheme.js';

/** Options of `TokenAuthentication.with()`: `tokens` or `find`. */
export interface TokenOptions {
  /** The word before the token. Default: `Token`, as in Django REST framework. */
  readonly scheme?: string;
  /** Users by token, for a few services that know each other. Compared in constant time. */
  readonly tokens?: Readonly<Record<string, unknown>>;
  /** The user of a token; undefined refuses it. Look hashes of tokens up, never tokens. */
  readonly find?: (token: string, ctx: GrpcContext) => Promise<unknown> | unknown;
}

/**
 * `authorization: Token <token>`, an opaque secret that stands for a user. Extend it, or take
 * `TokenAuthentication.with()`.
 *
 * @example
 * TokenAuthentication.with({ tokens: { [process.env.BILLING_TOKEN]: { id: 'billing', roles: ['service'] } } })
 */
@Injectable()
export abstract class TokenAuthentication implements Authenticator {
  protected readonly scheme: string = 'Token';

  /** The same with a table or a function. */
  static with({ scheme = 'Token', tokens = {}, find }: TokenOptions): Type<TokenAuthentication> {
    @Injectable()
    class ConfiguredTokenAuthentication extends TokenAuthentication {
      protected override readonly scheme = scheme;

      protected find(token: string, ctx: GrpcContext): Promise<unknown> | unknown {
        return userOf(tokens, token) ?? find?.(token, ctx);
      }
    }
    return ConfiguredTokenAuthentication;
  }

  get challenge(): string {
    return this.scheme;
  }

  async authenticate(ctx: GrpcContext): Promise<Credentials | undefined> {
    const token = credentialsOf(ctx, this.scheme);
    if (token === undefined) return undefined;
    const user = await this.find(token, ctx);
    if (!user) throw refused('The token is not valid.', 'TOKEN_INVALID');
    return { user };
  }

  /** The user of a token; undefined refuses it. */
  protected abstract find(token: string, ctx: GrpcContext): Promise<unknown> | unknown;
}

/** Every token is compared, so that the time tells nothing of which. */
function userOf(tokens: Readonly<Record<string, unknown>>, token: string): unknown {
  let user: unknown;
  for (const [known, owner] of Object.entries(tokens)) if (equalSecrets(known, token)) user = owner;
  return user;
}

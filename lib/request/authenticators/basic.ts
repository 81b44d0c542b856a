import { Injectable, type Type } from '@nestjs/common';
import type { Authenticator, Credentials } from '../authentication.js';
import type { GrpcContext } from '../grpc-context.js';
import { credentialsOf, refused } from './scheme.js';

/** Options of `BasicAuthentication.with()`. */
export interface BasicOptions {
  /** The user who has that name and password; undefined refuses them. Compare hashes, never plain passwords. */
  readonly verify: (name: string, password: string, ctx: GrpcContext) => Promise<unknown> | unknown;
}

/**
 * `authorization: Basic <base64 of name:password>`. Extend it, or take `BasicAuthentication.with()`.
 *
 * @example
 * \@Injectable()
 * class PasswordAuthentication extends BasicAuthentication {
 *   constructor(private readonly users: UserService) { super(); }
 *   protected verify(name: string, password: string) { return this.users.find(name, password); }
 * }
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
@Injectable()
export abstract class BasicAuthentication implements Authenticator {
  readonly challenge: string = 'Basic charset="UTF-8"';

  /** The same with a function. */
  static with(options: BasicOptions): Type<BasicAuthentication> {
    @Injectable()
    class ConfiguredBasicAuthentication extends BasicAuthentication {
      protected verify(name: string, password: string, ctx: GrpcContext): Promise<unknown> | unknown {
        return options.verify(name, password, ctx);
      }
    }
    return ConfiguredBasicAuthentication;
  }

  async authenticate(ctx: GrpcContext): Promise<Credentials | undefined> {
    const credentials = credentialsOf(ctx, 'Basic');
    if (credentials === undefined) return undefined;
    const text = Buffer.from(credentials, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) throw refused('Expected the base64 of "name:password".', 'CREDENTIALS_MALFORMED');
    const user = await this.verify(text.slice(0, colon), text.slice(colon + 1), ctx);
    if (!user) throw refused('Name or password is wrong.', 'CREDENTIALS_INVALID');
    return { user };
  }

  /** The user who has that name and password; undefined refuses them. */
  protected abstract verify(name: string, password: string, ctx: GrpcContext): Promise<unknown> | unknown;
}

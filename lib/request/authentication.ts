import type { Type } from '@nestjs/common';
import type { GrpcContext } from './grpc-context.js';
import { isPromise } from '../serialization/maybe-promise.js';

/** What a successful authenticator found. */
export interface Credentials {
  readonly user: unknown;
  /** How the caller proved it, if that matters later. */
  readonly auth?: unknown;
}

/**
 * Finds out who calls. The first of a controller's authenticators that succeeds wins; when none does,
 * `ctx.user` stays undefined and permissions decide.
 *
 * Throw `GrpcUnauthenticatedException` for credentials that are wrong; return undefined when there are none.
 *
 * @example
 * \@Injectable()
 * class ApiKeyAuthentication implements Authenticator {
 *   constructor(private readonly keys: KeyService) {}
 *   async authenticate(ctx: GrpcContext) {
 *     const [key] = ctx.get('x-api-key');
 *     const user = await this.keys.ownerOf(String(key));
 *     return user && { user };
 *   }
 * }
 */
export interface Authenticator {
  /**
   * How a caller can prove who it is, for the trailer `www-authenticate` of an UNAUTHENTICATED answer: `Bearer`.
   * Default: nothing is said.
   */
  readonly challenge?: string;
  /**
   * Asked once at boot, before the server listens; what it throws is a problem of the set-up. Default: nothing is asked.
   */
  assertReady?(): Promise<void> | void;
  authenticate(ctx: GrpcContext): PromiseLike<Credentials | undefined> | Credentials | undefined;
}

/** An authenticator's class, as options take it. */
export type AuthenticatorClass = Type<Authenticator>;

/** Asks the authenticators in their order and notes who was found; undefined when all of them answered at once. */
export function authenticate(
  authenticators: readonly Authenticator[],
  ctx: GrpcContext,
): Promise<void> | undefined {
  for (let index = 0; index < authenticators.length; index++) {
    const found = (authenticators[index] as Authenticator).authenticate(ctx);
    if (isPromise(found)) return note(found, authenticators.slice(index + 1), ctx);
    if (found) return take(found, ctx);
  }
  return undefined;
}

async function note(
  asked: PromiseLike<Credentials | undefined>,
  others: readonly Authenticator[],
  ctx: GrpcContext,
): Promise<void> {
  const found = await asked;
  if (found) take(found, ctx);
  else await authenticate(others, ctx);
}

function take({ user, auth }: Credentials, ctx: GrpcContext): undefined {
  ctx.user = user;
  ctx.auth = auth;
}

/** How a caller can prove who it is, in the authenticators' order. */
export function challengesOf(authenticators: readonly Authenticator[]): string[] {
  return authenticators.flatMap(({ challenge }) => challenge ?? []);
}

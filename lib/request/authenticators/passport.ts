import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Authenticator, Credentials } from '../authentication.js';
import type { GrpcContext } from '../grpc-context.js';
import { refused } from './scheme.js';

/** A Passport strategy, as far as it is used here: https://www.passportjs.org/packages/passport-strategy/ */
export interface PassportStrategy {
  authenticate(request: object, options?: object): unknown;
}

/**
 * A Passport strategy as an authenticator. It sees a request with `headers`; one that redirects, as OAuth's, cannot
 * work without a browser and is refused.
 *
 * @param strategy an instance, or the class of a provider (`class JwtStrategy extends PassportStrategy(Strategy)`)
 * @param options handed to the strategy
 * @example
 * authentication: [PassportAuthentication(new BearerStrategy((token, done) => done(null, users.get(token) ?? false)))]
 */
export function PassportAuthentication(
  strategy: PassportStrategy | Type<PassportStrategy>,
  options: object = {},
): Type<Authenticator> {
  @Injectable()
  class ConfiguredPassportAuthentication implements Authenticator {
    constructor(@Inject(ModuleRef) private readonly moduleRef: ModuleRef) {}

    authenticate(ctx: GrpcContext): Promise<Credentials | undefined> {
      const instance =
        typeof strategy === 'function'
          ? this.moduleRef.get<PassportStrategy>(strategy, { strict: false })
          : strategy;
      return ask(instance, ctx, options);
    }
  }
  return ConfiguredPassportAuthentication;
}

/** Passport adds the methods that end an attempt to an object made from the strategy, for each attempt anew. */
function ask(
  strategy: PassportStrategy,
  ctx: GrpcContext,
  options: object,
): Promise<Credentials | undefined> {
  return new Promise((resolve, reject) => {
    const attempt = Object.create(strategy) as PassportStrategy;
    Object.assign(attempt, {
      success: (user: unknown, info?: unknown) =>
        resolve({ user, ...(info !== undefined && { auth: info }) }),
      pass: () => resolve(undefined),
      error: reject,
      redirect: () =>
        reject(refused('This way of proving who you are needs a browser.', 'CREDENTIALS_UNSUPPORTED')),
      // No credentials at all is not yet a wrong answer: another authenticator may find some.
      fail: () =>
        ctx.headers.has('authorization')
          ? reject(refused('The credentials are not valid.', 'CREDENTIALS_INVALID'))
          : resolve(undefined),
    });
    const headers = Object.fromEntries(ctx.headers);
    try {
      // Some strategies are asynchronous by callback, some by promise.
      Promise.resolve(attempt.authenticate({ headers, query: {}, body: {}, grpc: ctx }, options)).catch(
        reject,
      );
    } catch (error) {
      reject(error as Error);
    }
  });
}

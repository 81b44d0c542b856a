import type { MiddlewareFunction } from './middleware.js';

/**
 * Finds out who calls before the middleware behind it, which then sees `ctx.user`: a limit for each user, a tenant of the
 * user's. Without it authenticators are asked after all middleware. See DSG `auth_without_session_middleware`.
 *
 * @example
 * SocioGrpcModule.forRoot({ middleware: [authenticationMiddleware, quotaOfUser] });
 */
export const authenticationMiddleware: MiddlewareFunction = async function authentication(ctx, next) {
  await ctx.authenticate();
  await next();
};

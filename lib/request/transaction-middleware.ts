import type { MiddlewareFunction } from './middleware.js';

/**
 * One transaction for each whole call, reads and streams included, as Django's `ATOMIC_REQUESTS`: what a call reads is
 * of one moment if the database's isolation level says so, and what it writes is all or nothing. A stream keeps its
 * connection until its reader is done; on drivers with a single connection all others wait for it. Writes of the
 * library are transactional without it.
 *
 * @example
 * \@GrpcController({ serializer: OrderSerializer, middleware: [transactionMiddleware] })
 */
export const transactionMiddleware: MiddlewareFunction = async function transaction(ctx, next) {
  if (ctx.hasDatabase) await ctx.transaction(next);
  else await next();
};

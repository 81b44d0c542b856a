/**
 * Onion functions around whole calls, streams to their last message: before authentication, and after everything else
 * has ended. What they throw is the call's error.
 */
import type { Type } from '@nestjs/common';
import type { GrpcContext } from './grpc-context.js';

/** Runs the rest of the call; resolves when its last message is sent, rejects with its error. */
export type Next = () => Promise<void>;

/** A middleware as a function. */
export type MiddlewareFunction = (ctx: GrpcContext, next: Next) => Promise<void>;

/**
 * A middleware as a class, with what it needs injected. One instance serves all calls.
 *
 * @example
 * \@Injectable()
 * class TenantMiddleware implements GrpcMiddleware {
 *   constructor(private readonly tenants: TenantService) {}
 *   async use(ctx: GrpcContext, next: Next) {
 *     ctx.values.set(TENANT, await this.tenants.of(ctx.headers.get('x-tenant')));
 *     await next();
 *     ctx.setTrailer('x-served-by', 'blue');
 *   }
 * }
 */
export interface GrpcMiddleware {
  use(ctx: GrpcContext, next: Next): Promise<void>;
}

/** What options take. */
export type Middleware = MiddlewareFunction | Type<GrpcMiddleware>;

export function isMiddlewareClass(middleware: Middleware): middleware is Type<GrpcMiddleware> {
  const prototype = middleware.prototype as Partial<GrpcMiddleware> | undefined;
  return typeof prototype?.use === 'function';
}

/** One function that runs them all, the first outermost; undefined when there are none. */
export function compose(middleware: readonly MiddlewareFunction[]): MiddlewareFunction | undefined {
  if (middleware.length === 0) return undefined;
  return middleware.reduceRight<MiddlewareFunction>(
    (inner, outer) => (ctx, next) => around(outer, ctx, () => inner(ctx, next)),
    (_ctx, next) => next(),
  );
}

async function around(middleware: MiddlewareFunction, ctx: GrpcContext, next: Next): Promise<void> {
  let rest: Promise<void> | undefined;
  let ended = false;
  await middleware(ctx, () => {
    if (rest) return Promise.reject(new Error(`middleware ${middleware.name}: called next() twice`));
    rest = next().finally(() => (ended = true));
    // A middleware that does not wait for it is told so below.
    rest.catch(() => undefined);
    return rest;
  });
  if (!ended)
    throw new Error(
      `middleware ${middleware.name}: ended before the call did. Call next() and await it, or throw.`,
    );
}

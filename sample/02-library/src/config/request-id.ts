import { createContextKey, type MiddlewareFunction } from 'nestjs-socio-grpc';

export const REQUEST_ID = createContextKey<string | undefined>('request-id', undefined);

/** A gateway's `x-request-id` goes through the call, into the log and back to the caller. */
export const requestId: MiddlewareFunction = async (ctx, next) => {
  const id = ctx.headers.get('x-request-id') ?? ctx.callId;
  ctx.values.set(REQUEST_ID, id);
  ctx.setHeader('x-request-id', id);
  await next();
};

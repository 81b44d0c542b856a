import type { IncomingMessage } from 'node:http';
import { Metadata } from '@grpc/grpc-js';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

const FORWARDED = ['authorization', 'x-request-id', 'accept-language'];

/** `@Caller()`: metadata with the headers of the request that the library may know, and no others. */
export const Caller = createParamDecorator((_: unknown, execution: ExecutionContext): Metadata => {
  const { headers } = execution.switchToHttp().getRequest<IncomingMessage>();
  const metadata = new Metadata();
  for (const name of FORWARDED) {
    const value = headers[name];
    if (typeof value === 'string') metadata.set(name, value);
  }
  return metadata;
});

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The file that `@grpc/reflection` brings along for itself. */
export const REFLECTION_PROTO = join(
  dirname(createRequire(import.meta.url).resolve('@grpc/reflection')),
  '../proto/grpc/reflection/v1/reflection.proto',
);

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A file that `@grpc/reflection` brings along for itself. */
export function reflectionProto(version: 'v1' | 'v1alpha'): string {
  const entry = createRequire(import.meta.url).resolve('@grpc/reflection');
  return join(dirname(entry), `../proto/grpc/reflection/${version}/reflection.proto`);
}

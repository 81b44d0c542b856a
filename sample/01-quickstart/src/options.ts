import type { SocioGrpcOptions } from 'nestjs-socio-grpc';
import type { DataSourceOptions } from 'typeorm';

/** `DATABASE_URL` names a PostgreSQL server; without it `DATABASE` is an SQLite file. */
export function databaseOptions({ DATABASE, DATABASE_URL }: NodeJS.ProcessEnv): DataSourceOptions {
  return DATABASE_URL
    ? { type: 'postgres', url: DATABASE_URL }
    : { type: 'better-sqlite3', database: DATABASE ?? 'blog.sqlite' };
}

export function grpcOptions({ GRPC_URL, PROTO_DIR, CONVENTIONS }: NodeJS.ProcessEnv): SocioGrpcOptions {
  return {
    package: 'quickstart',
    conventions: CONVENTIONS === 'dsg' ? 'dsg' : 'socio',
    ...(GRPC_URL && { url: GRPC_URL }),
    ...(PROTO_DIR && { proto: { dir: PROTO_DIR } }),
  };
}

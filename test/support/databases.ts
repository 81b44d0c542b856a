import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { inject } from 'vitest';

export const DATABASES = ['sqlite', 'postgres'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

export interface TestDatabase {
  /** To be merged with `entities`; the schema is made by `synchronize`. */
  readonly options: DataSourceOptions;
  /** Of PostgreSQL. */
  readonly url?: string;
  drop(): Promise<void>;
}

/**
 * A database of its own, so that specs run side by side.
 *
 * @param shared by several data sources, which SQLite's default, a database in memory, cannot be
 */
export async function createDatabase(
  kind: DatabaseKind,
  { extensions = [], shared = false }: { extensions?: readonly string[]; shared?: boolean } = {},
): Promise<TestDatabase> {
  if (kind === 'sqlite') return shared ? sqliteFile() : sqliteMemory();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${name}`);
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  for (const extension of extensions)
    await administer(`CREATE EXTENSION IF NOT EXISTS ${extension}`, url.href);
  return {
    options: { type: 'postgres', url: url.href, synchronize: true },
    url: url.href,
    drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

function sqliteMemory(): TestDatabase {
  return {
    options: { type: 'better-sqlite3', database: ':memory:', synchronize: true },
    drop: async () => undefined,
  };
}

async function sqliteFile(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'socio-grpc-sqlite-'));
  return {
    options: { type: 'better-sqlite3', database: join(folder, 'test.sqlite'), synchronize: true },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs one statement as the server's administrator. */
export async function administer(sql: string, connectionString = inject('databaseUrl')): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

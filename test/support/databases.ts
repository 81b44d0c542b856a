import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { inject } from 'vitest';

export const DATABASES = ['sqlite', 'postgres'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

export interface TestDatabase {
  /** To be merged with `entities`; the schema is made by `synchronize`. */
  readonly options: DataSourceOptions;
  drop(): Promise<void>;
}

/** A database of its own, so that specs run side by side. */
export async function createDatabase(
  kind: DatabaseKind,
  { extensions = [] }: { readonly extensions?: readonly string[] } = {},
): Promise<TestDatabase> {
  if (kind === 'sqlite') {
    return {
      options: { type: 'better-sqlite3', database: ':memory:', synchronize: true },
      drop: async () => undefined,
    };
  }
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${name}`);
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  for (const extension of extensions)
    await administer(`CREATE EXTENSION IF NOT EXISTS ${extension}`, url.href);
  return {
    options: { type: 'postgres', url: url.href, synchronize: true },
    drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
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

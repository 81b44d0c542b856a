/** A test that boots one of an application's controllers must not touch the file of all. */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserController } from '../../sample/01-quickstart/src/controllers.js';
import { Post, User } from '../../sample/01-quickstart/src/models.js';
import { bootApp } from '../support/boot-app.js';
import { createDatabase, type TestDatabase } from '../support/databases.js';

const COMMITTED = fileURLToPath(new URL('../../sample/01-quickstart/proto', import.meta.url));
const FILE = 'quickstart/quickstart.proto';

describe('UserController of the sample alone', () => {
  let dir: string;
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase('sqlite');
    dir = await mkdtemp(join(tmpdir(), 'socio-grpc-part-'));
    await cp(COMMITTED, dir, { recursive: true });
  });

  afterAll(async () => {
    await database.drop();
    await rm(dir, { recursive: true });
  });

  it.each(['write', 'check'] as const)('leaves the committed file as it is, in mode %s', async (mode) => {
    const app = await bootApp({
      database,
      entities: [User, Post],
      controllers: [UserController],
      options: { package: 'quickstart', proto: { dir, mode } },
    });
    await app.close();
    expect(await readFile(join(dir, FILE), 'utf8')).toBe(await readFile(join(COMMITTED, FILE), 'utf8'));
  });
});

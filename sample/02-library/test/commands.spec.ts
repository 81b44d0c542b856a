/** The commands and the client of the README. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSample } from '../../../test/support/built-library.js';
import { createDatabase, DATABASES, type TestDatabase } from '../../../test/support/databases.js';
import { startProcess } from '../../../test/support/process.js';
import { environmentOf, project } from './library.js';

const run = promisify(execFile);
const readme = await readFile(join(project, 'README.md'), 'utf8');

const docs = await readFile(join(project, '../../docs/files.md'), 'utf8');
const [, uploadsOfDocs] = /```console\n([^`]*)\n```/.exec(docs)?.map((text) => text.split('\n')) ?? [];

describe.each(DATABASES)('the README on %s', (kind) => {
  let database: TestDatabase;
  let directory: string;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    await buildSample('02-library');
    database = await createDatabase(kind);
    directory = await mkdtemp(join(tmpdir(), 'socio-grpc-library-'));
    environment = {
      ...environmentOf(directory, database.url),
      GRPC_URL: '127.0.0.1:0',
      HTTP_PORT: '0',
      NODE_ENV: 'production',
    };
  }, 120_000);

  afterAll(async () => {
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  const npm = (...args: string[]) =>
    run('npm', args, { cwd: project, env: { ...process.env, ...environment } });

  /** What the client of docs/files.md says of a picture of 70,000 bytes and of something else. */
  async function uploads(address: string): Promise<string[]> {
    const png = Buffer.alloc(70_000);
    png.write('89504e470d0a1a0a', 'hex');
    await writeFile(join(directory, 'cover.png'), png);
    await writeFile(join(directory, 'cover.svg'), '<svg/>');
    const answers: string[] = [];
    for (const name of ['cover.png', 'cover.svg']) {
      const file = join(directory, name);
      const { stdout } = await run(process.execPath, ['cover-client.mjs', file, '1', address], {
        cwd: project,
      });
      answers.push(`$ node cover-client.mjs ${name}`, ...stdout.trim().split('\n'));
    }
    return answers;
  }

  it('sets the database up, once and again', async () => {
    for (const command of ['migrate', 'seed', 'migrate', 'seed']) await npm('run', command, '--silent');
  }, 60_000);

  it('starts in production, answers its client, and stops when calls are over', async () => {
    const running = await startProcess(project, environment, /HTTP server listens on/);
    const [, address = ''] = await running.logged(/gRPC server listens on ([\d.:]+)/);
    const { stdout } = await run(process.execPath, ['client.mjs', address], { cwd: project });
    const [, shown] = /```console\n\$ node client.mjs\n([^`]*)```/.exec(readme) ?? [];
    const undated = (text = ''): string => text.replaceAll(/\d{4}-\d{2}-\d{2}/g, 'DATE');
    expect(undated(stdout)).toBe(undated(shown));
    expect(await uploads(address)).toEqual(uploadsOfDocs);
    expect(await running.stop()).toBe('SIGTERM');
  }, 60_000);
});

describe('the README', () => {
  it('lists every variable of the environment', async () => {
    const source = await readFile(join(project, 'src/config/environment.ts'), 'utf8');
    const variables = [...source.matchAll(/\) ([A-Z_]+)\??(:| =)/g)].map(([, name]) => name);
    for (const name of variables.filter((each) => each !== 'NODE_ENV'))
      expect(readme).toContain(`\`${name}\``);
    expect(variables.length).toBeGreaterThan(10);
  });

  it('the committed file is what the code says', async () => {
    await buildSample('02-library');
    await run('npm', ['run', 'proto:check', '--silent'], { cwd: project });
  }, 60_000);

  it('production does not start with the secrets of development', async () => {
    await expect(startProcess(project, { NODE_ENV: 'production' }, /HTTP server/)).rejects.toThrow(
      /JWT_SECRET must be set in production; CURSOR_SECRET must be set in production/,
    );
  });
});

/** The sample as a user runs it: built, in a process of its own, called by a client that knows nothing of us. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildSample } from '../support/built-library.js';
import { connectTo, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { startProcess, type RunningProcess } from '../support/process.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const sample = join(root, 'sample/01-quickstart');

interface Running extends RunningProcess {
  readonly address: string;
}

async function start(environment: NodeJS.ProcessEnv): Promise<Running> {
  const listening = /gRPC server listens on (\S+)/;
  const running = await startProcess(sample, { GRPC_URL: '127.0.0.1:0', ...environment }, listening);
  const [, address = ''] = await running.logged(listening);
  return { ...running, address };
}

describe('sample 01-quickstart', () => {
  let dir: string;
  let running: Running | undefined;
  let client: ProtoClient | undefined;

  beforeAll(async () => {
    await buildSample('01-quickstart');
  }, 120_000);

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'socio-grpc-sample-'));
  });

  afterEach(async () => {
    client?.close();
    await running?.stop();
    client = undefined;
    running = undefined;
    await rm(dir, { recursive: true, force: true });
  });

  describe.each(DATABASES)('on %s', (kind) => {
    let database: TestDatabase;

    beforeEach(async () => {
      database = await createDatabase(kind);
    });

    afterAll(() => database.drop());

    it.each(['socio', 'dsg'])(
      'answers a plain client in every action under the conventions %s',
      async (conventions) => {
        const url = 'url' in database.options ? database.options.url : undefined;
        const where = url ? { DATABASE_URL: url } : { DATABASE: join(dir, 'blog.sqlite') };
        running = await start({ ...where, PROTO_DIR: dir, CONVENTIONS: conventions });
        client = connectTo(running.address, join(dir, 'quickstart/quickstart.proto'));
        const ada = { id: 1, fullName: 'Ada Lovelace' };
        expect((await client.get('UserController/List')).results).toMatchObject([ada]);
        expect(await client.get('UserController/Retrieve', { id: 1 })).toMatchObject(ada);
        const post = await client.get('PostController/Create', {
          headline: 'Hello',
          content: 'World',
          user: 1,
        });
        expect(post).toMatchObject({ id: 1, headline: 'Hello', content: 'World', user: 1 });
        expect(await client.get('PostController/Retrieve', { id: 1 })).toEqual(post);
        expect((await client.get('PostController/List')).results).toEqual([post]);
        expect((await client.call('PostController/Stream')).messages).toEqual([post]);
        const changed = await client.get('PostController/Update', {
          id: 1,
          headline: 'Bye',
          content: 'Moon',
          user: 1,
        });
        expect(changed).toEqual({ ...post, headline: 'Bye', content: 'Moon' });
        expect(
          await client.get('PostController/PartialUpdate', {
            id: 1,
            _partialUpdateFields: ['content'],
            content: 'Mars',
          }),
        ).toEqual({ ...changed, content: 'Mars' });
        expect(await client.call('PostController/Destroy', { id: 1 })).toMatchObject({ code: 0 });
        expect(await client.get('PostController/List')).toMatchObject({ results: [] });
        expect(await running.stop()).toBe('SIGTERM');
      },
    );
  });

  it('writes the file that is committed', async () => {
    running = await start({ DATABASE: ':memory:', PROTO_DIR: dir });
    expect(await readFile(join(dir, 'quickstart/quickstart.proto'), 'utf8')).toBe(
      await readFile(join(sample, 'proto/quickstart/quickstart.proto'), 'utf8'),
    );
  });

  it('gives the answers that the README shows', async () => {
    running = await start({ DATABASE: ':memory:', PROTO_DIR: dir });
    const { stdout } = await run(process.execPath, ['client.mjs', running.address], { cwd: sample });
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const [, shown] = /```console\n\$ node sample\/01-quickstart\/client.mjs\n([^`]*)```/.exec(readme) ?? [];
    const undated = (text = ''): string => text.replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'DATE');
    expect(undated(stdout)).toBe(undated(shown));
  });

  it('refuses to start in production without its file and starts with it', async () => {
    await expect(start({ DATABASE: ':memory:', PROTO_DIR: dir, NODE_ENV: 'production' })).rejects.toThrow(
      /quickstart\.proto: is missing/,
    );
    await cp(join(sample, 'proto'), dir, { recursive: true });
    running = await start({ DATABASE: ':memory:', PROTO_DIR: dir, NODE_ENV: 'production' });
    expect(running.log()).toMatch(
      /Mapped \{\/quickstart\.PostController\/Stream\} to PostController\.stream/,
    );
  });
});

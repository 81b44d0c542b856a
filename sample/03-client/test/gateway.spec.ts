/** The built gateway and the built library, each in a process of its own, called over HTTP. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSample } from '../../../test/support/built-library.js';
import { DATABASES } from '../../../test/support/databases.js';
import { startProcess, type RunningProcess } from '../../../test/support/process.js';
import { Library, PASSWORD } from '../../02-library/test/library.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(300_000, 7)]);

class Gateway {
  private constructor(
    private readonly process: RunningProcess,
    private readonly url: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  static async start(environment: NodeJS.ProcessEnv): Promise<Gateway> {
    const running = await startProcess(project, { HTTP_PORT: '0', ...environment }, /HTTP server listens on/);
    const [, port = ''] = await running.logged(/HTTP server listens on http:\/\/\S+:(\d+)/);
    return new Gateway(running, `http://127.0.0.1:${port}`);
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { ...init, headers: { ...this.headers, ...init.headers } });
  }

  async get(path: string): Promise<[status: number, body: unknown]> {
    const answer = await this.fetch(path);
    return [answer.status, await answer.json()];
  }

  async post(path: string, body: object = {}): Promise<[status: number, body: unknown]> {
    const headers = { 'content-type': 'application/json' };
    const answer = await this.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, await answer.json()];
  }

  async as(name: string): Promise<Gateway> {
    const [, body] = await this.post('/login', { email: `${name}@library.example`, password: PASSWORD });
    const { token } = body as { token: string };
    return new Gateway(this.process, this.url, { authorization: `Bearer ${token}` });
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}

describe.each(DATABASES)('the gateway before the library on %s', (kind) => {
  let library: Library;
  let gateway: Gateway;
  let rosa: Gateway;
  let linus: Gateway;

  beforeAll(async () => {
    library = await Library.start(kind);
    await buildSample('03-client');
    gateway = await Gateway.start({ LIBRARY_URL: library.grpcUrl });
    [rosa, linus] = (await Promise.all(['rosa', 'linus'].map((name) => gateway.as(name)))) as [
      Gateway,
      Gateway,
    ];
  }, 180_000);

  afterAll(async () => {
    await gateway?.stop();
    await library?.stop();
  });

  it('passes on who calls, and the answers', async () => {
    expect(await gateway.get('/books')).toMatchObject([401, { error: 'UNAUTHENTICATED' }]);
    expect(await rosa.get('/books/2')).toMatchObject([
      200,
      { title: 'Solaris', author: { name: 'Stanisław Lem' } },
    ]);
  });

  it('asks for filters and pages', async () => {
    const [, first] = await linus.get('/books?size=2');
    const { results, nextCursor } = first as { results: { title: string }[]; nextCursor: string };
    expect(results.map(({ title }) => title)).toEqual(['Solaris', 'Stung with Love']);
    const [, second] = await linus.get(`/books?size=2&cursor=${encodeURIComponent(nextCursor)}`);
    expect(second).toMatchObject({ results: [{ title: 'The Cyberiad' }], nextCursor: '' });
    expect(await linus.get('/books?author=lem&ordering=-title')).toMatchObject([
      200,
      { results: [{ title: 'The Cyberiad' }, { title: 'Solaris' }] },
    ]);
    expect(await linus.get('/books?cursor=forged')).toMatchObject([
      400,
      { error: 'INVALID_ARGUMENT', fields: { cursor: [{ code: 'invalid' }] } },
    ]);
  });

  it('answers what fails with the status that fits, and the errors of fields', async () => {
    expect(await rosa.get('/books/3')).toMatchObject([404, { message: 'Book: 3 not found!' }]);
    expect(await rosa.get('/books/x')).toMatchObject([400, {}]);
    expect(await rosa.post('/books', { isbn: '1', title: 'x', author: 1 })).toMatchObject([
      403,
      { error: 'PERMISSION_DENIED' },
    ]);
    expect(await linus.post('/books', { isbn: '1', author: 99 })).toMatchObject([
      400,
      {
        message: 'The request is not valid.',
        fields: {
          isbn: [{ message: 'Not an ISBN-13.' }],
          title: [{ code: 'blank' }],
          author: [{ code: 'does_not_exist' }],
        },
      },
    ]);
    expect(await gateway.post('/login', { email: 'rosa@library.example', password: 'x' })).toMatchObject([
      401,
      { message: 'The address or the password is wrong.' },
    ]);
  });

  it('tells refusals apart by their reason', async () => {
    const [status, loan] = await rosa.post('/loans', { book: 1 });
    expect([status, loan]).toMatchObject([201, { title: 'Stung with Love', state: 'OPEN' }]);
    expect(await linus.post('/loans', { book: 1 })).toMatchObject([409, { reason: 'NO_COPY_LEFT' }]);
    expect(await rosa.get('/loans?state=OPEN')).toMatchObject([200, { count: 1 }]);
    const { id } = loan as { id: number };
    expect(await rosa.post(`/loans/${id}/return`)).toMatchObject([200, { state: 'RETURNED' }]);
    expect(await rosa.post(`/loans/${id}/return`)).toMatchObject([409, { reason: 'LOAN_CLOSED' }]);
    expect(await linus.post('/books/1/publish')).toMatchObject([400, { reason: 'BOOK_PUBLISHED' }]);
  });

  it('carries files in both directions', async () => {
    const put = (who: Gateway, body: RequestInit['body'] & {}) =>
      who.fetch('/books/1/cover', { method: 'PUT', body });
    expect((await rosa.fetch('/books/1/cover')).status).toBe(404);
    const stored = await put(linus, PNG);
    expect(await stored.json()).toMatchObject({ contentType: 'image/png', size: PNG.length });
    const cover = await rosa.fetch('/books/1/cover');
    expect(cover.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await cover.arrayBuffer()).equals(PNG)).toBe(true);
    expect((await put(rosa, PNG)).status).toBe(403);
    expect((await put(linus, Buffer.concat([PNG, Buffer.alloc(6_000_000)]))).status).toBe(429);
    expect((await put(linus, '<svg/>')).status).toBe(400);
    expect((await readdir(join(library.directory, 'covers'))).length).toBe(1);
  });

  it('keeps no half of a file whose sender goes away', async () => {
    const hangUp = new AbortController();
    let piece = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        piece += 1;
        if (piece <= 4) controller.enqueue(PNG.subarray(0, 60_000));
        else return new Promise(() => undefined);
        return undefined;
      },
    });
    const init = { method: 'PUT', body, duplex: 'half', signal: hangUp.signal };
    const answer = linus.fetch('/books/1/cover', init as RequestInit).catch((error: Error) => error.name);
    const stored = () => readdir(join(library.directory, 'covers'));
    await expect.poll(stored).toHaveLength(2);
    hangUp.abort();
    expect(await answer).toBe('AbortError');
    await expect.poll(stored).toHaveLength(1);
    expect(await (await rosa.fetch('/books/1/cover')).arrayBuffer()).toHaveProperty('byteLength', PNG.length);
  });

  it('sends books to browsers as they are published', async () => {
    const hangUp = new AbortController();
    const answer = await rosa.fetch('/books/announcements', { signal: hangUp.signal });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await expect.poll(() => library.process.log()).toContain('Announcements');
    await linus.post('/books/3/publish');
    let text = '';
    while (!text.includes('Cyberiad')) text += Buffer.from((await reader.read()).value ?? []).toString();
    expect(text).toMatch(/data: \{.*"title":"The Cyberiad"/);
    hangUp.abort();
    await expect.poll(() => library.process.log()).toMatch(/Announcements","code":"CANCELLED"/);
  });

  it('passes on a request id, which is in the log of the library', async () => {
    await rosa.fetch('/books/1', { headers: { 'x-request-id': 'from the browser' } });
    await expect.poll(() => library.process.log()).toContain('"requestId":"from the browser"');
  });
});

describe('the gateway without the library', () => {
  let silent: Server;
  let url: string;

  beforeAll(async () => {
    await buildSample('03-client');
    // It takes connections and says nothing.
    silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    url = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }, 120_000);

  afterAll(async () => {
    await new Promise((resolve) => silent.close(resolve));
  });

  it('answers 504 when a deadline passes', async () => {
    const gateway = await Gateway.start({ LIBRARY_URL: url, CALL_TIMEOUT: '300' });
    expect(await gateway.get('/books')).toMatchObject([504, { error: 'DEADLINE_EXCEEDED' }]);
    await gateway.stop();
  });

  it('answers 503 when nobody is there', async () => {
    const gateway = await Gateway.start({ LIBRARY_URL: '127.0.0.1:1' });
    expect(await gateway.get('/books')).toMatchObject([503, { error: 'UNAVAILABLE' }]);
    await gateway.stop();
  });
});

describe('the generated clients', () => {
  it('are what the library says today', async () => {
    await buildSample('02-library');
    const directory = await mkdtemp(join(tmpdir(), 'socio-grpc-clients-'));
    const command = [
      join(project, '../../dist/cli/main.js'),
      'generate',
      '--clients',
      'nest',
      '--out',
      directory,
    ];
    await promisify(execFile)(process.execPath, command, { cwd: join(project, '../02-library') });
    for (const file of ['library/v1/library.client.ts', 'google/protobuf.ts'])
      expect(await readFile(join(directory, file), 'utf8')).toBe(
        await readFile(join(project, 'src/clients', file), 'utf8'),
      );
    await rm(directory, { recursive: true });
  }, 120_000);
});

describe('the README of the gateway', () => {
  it('lists the settings', async () => {
    const [readme, settings] = await Promise.all(
      ['README.md', 'src/settings.ts'].map((file) => readFile(join(project, file), 'utf8')),
    );
    const names = [...(settings ?? '').matchAll(/env\['(\w+)'\]/g)].map(([, name]) => name);
    expect(names).toHaveLength(4);
    for (const name of names) expect(readme).toContain(`\`${name}\``);
  });
});

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const lib = fileURLToPath(new URL('../../lib', import.meta.url));

/** What each room may import besides itself. The flow is crud -> filters, pagination -> request -> serialization -> proto. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  proto: ['errors/setup-error.ts'],
  serialization: ['proto', 'errors'],
  request: ['serialization', 'proto', 'errors'],
  // Neither TypeORM nor a server comes along.
  client: ['errors/field-errors.ts', 'errors/http-answer.ts'],
  filters: ['request', 'serialization', 'proto', 'errors'],
  pagination: ['request', 'errors'],
  generation: ['pagination', 'request', 'serialization', 'proto'],
  crud: ['generation', 'filters', 'pagination', 'request', 'serialization', 'proto', 'errors'],
  server: ['request', 'proto', 'errors', 'serialization/codec/errors.ts', 'serialization/maybe-promise.ts'],
  'options.ts': ['generation', 'filters', 'pagination', 'request', 'serialization'],
  boot: [
    'crud',
    'generation',
    'filters',
    'pagination',
    'request',
    'serialization',
    'proto',
    'errors',
    'server',
    'options.ts',
  ],
  cli: ['boot', 'request/permissions.ts', 'proto', 'errors', 'options.ts'],
  schematics: [],
  testing: ['boot', 'server', 'errors'],
  'index.ts': [
    'boot',
    'crud',
    'generation',
    'filters',
    'pagination',
    'request',
    'serialization',
    'proto',
    'errors',
    'options.ts',
  ],
};

describe('lib', () => {
  it('imports in one direction only', async () => {
    const files = (await readdir(lib, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const wrong: string[] = [];
    for (const file of files) {
      const room = roomOf(file);
      const text = await readFile(join(lib, file), 'utf8');
      for (const [, path] of text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)) {
        const target = relative(lib, join(lib, dirname(file), path!)).replace(/\.js$/, '.ts');
        const fits =
          roomOf(target) === room ||
          (ALLOWED[room] ?? []).some((allowed) => target === allowed || target.startsWith(`${allowed}/`));
        if (!fits) wrong.push(`${file} imports ${target}`);
      }
    }
    expect(files.length).toBeGreaterThan(60);
    expect(wrong).toEqual([]);
  });

  it('has options that know the rest as types only', async () => {
    expect(await readFile(join(lib, 'options.ts'), 'utf8')).not.toMatch(/^import (?!type ).*'\./m);
  });
});

function roomOf(file: string): string {
  return file.split('/')[0]!;
}

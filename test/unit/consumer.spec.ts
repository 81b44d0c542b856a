/** The published package as a project of somebody else compiles against it: the README program, and `test/types`. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildLibrary } from '../support/built-library.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const COMPILER_OPTIONS = {
  target: 'es2023',
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  declaration: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: true,
  types: ['node'],
  rootDir: 'src',
  outDir: 'out',
};

describe('a project with declarations of its own', () => {
  let project: string;

  beforeAll(async () => {
    await buildLibrary();
    project = await mkdtemp(join(tmpdir(), 'socio-grpc-consumer-'));
    await cp(join(root, 'test/types'), join(project, 'src/types'), { recursive: true });
    await cp(join(root, 'sample/01-quickstart/src'), join(project, 'src/quickstart'), { recursive: true });
    await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['src'] }),
    );
  }, 120_000);

  afterAll(() => rm(project, { recursive: true, force: true }));

  it.each([
    ['TypeScript 6', 'typescript'],
    ['TypeScript 7', 'typescript-next'],
  ])(
    'compiles with %s and what the package exports',
    async (_name, compiler) => {
      expect(await compile(compiler)).toBe('');
      const emitted = await readdir(join(project, 'out/types'));
      expect(emitted.filter((file) => file.endsWith('.d.ts'))).toHaveLength(
        (await readdir(join(root, 'test/types'))).length,
      );
      await rm(join(project, 'out'), { recursive: true });
    },
    120_000,
  );

  /** What the compiler says. */
  function compile(compiler: string): Promise<string> {
    const command = join(root, 'node_modules', compiler, 'bin/tsc');
    return new Promise((resolve) => {
      execFile(process.execPath, [command, '-p', project], (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
  }
});

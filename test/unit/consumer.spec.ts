/** The published package as a project of somebody else compiles against it. */
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildLibrary } from '../support/built-library.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a project with declarations of its own', () => {
  let project: string;

  beforeAll(async () => {
    await buildLibrary();
    project = await mkdtemp(join(tmpdir(), 'socio-grpc-consumer-'));
    await cp(join(root, 'test/types'), join(project, 'types'), { recursive: true });
    await cp(join(root, 'sample/01-quickstart/src'), join(project, 'quickstart'), { recursive: true });
    await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  }, 120_000);

  afterAll(() => rm(project, { recursive: true, force: true }));

  it('compiles under strict with what the package exports', () => {
    const files = ts.sys.readDirectory(project, ['.ts'], ['node_modules']);
    expect(files.length).toBeGreaterThan(5);
    const program = ts.createProgram(files, {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      strict: true,
      exactOptionalPropertyTypes: true,
      declaration: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      skipLibCheck: true,
      types: ['node'],
      rootDir: project,
      outDir: join(project, 'out'),
    });
    const { diagnostics } = program.emit(undefined, () => undefined);
    const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  }, 120_000);
});

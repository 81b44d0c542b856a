/** A folder of TypeScript sources that is compiled under `strict` and run, as a user of generated clients has it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

export class TypeScriptProject {
  private constructor(readonly directory: string) {}

  static async create(files: Readonly<Record<string, string>>): Promise<TypeScriptProject> {
    const project = new TypeScriptProject(await mkdtemp(join(tmpdir(), 'socio-grpc-ts-')));
    await symlink(join(root, 'node_modules'), join(project.directory, 'node_modules'));
    for (const [path, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
      await mkdir(dirname(join(project.directory, path)), { recursive: true });
      await writeFile(join(project.directory, path), text);
    }
    return project;
  }

  /** What the compiler says, a line each; what it takes is compiled beside its source. */
  compile(...paths: string[]): string[] {
    const program = ts.createProgram(
      paths.map((path) => join(this.directory, path)),
      {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        strict: true,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        noUnusedLocals: true,
        skipLibCheck: true,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      },
    );
    const { diagnostics } = program.emit();
    return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(
      ({ file, start = 0, messageText }) =>
        `${file?.fileName.slice(this.directory.length + 1)}:${(file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  }

  /** Runs a compiled file and gives what it printed. */
  async run(path: string, ...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [path, ...args], { cwd: this.directory });
    return stdout;
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

/** A project of a user: sources that are compiled into `dist`, and the commands that run there. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { collectEmitted, collectPrinted } from './emitted.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const COMMAND = join(root, 'dist/cli/main.js');

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Project {
  private constructor(
    readonly directory: string,
    private readonly type: 'module' | 'commonjs',
  ) {}

  static async create(type: 'module' | 'commonjs' = 'module'): Promise<Project> {
    // What the command shows are real paths; the folder for temporary files may be a link.
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'socio-grpc-project-')));
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
    const project = new Project(directory, type);
    await project.write('package.json', JSON.stringify({ name: 'shop', type }));
    return project;
  }

  /** Compiles sources, by file name without folder, as `tsc` would. */
  async build(sources: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(sources)) {
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: {
          target: ts.ScriptTarget.ES2023,
          module: this.type === 'module' ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS,
          experimentalDecorators: true,
          emitDecoratorMetadata: true,
        },
      });
      await this.write(join('dist', name.replace(/\.ts$/, '.js')), outputText);
    }
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.directory, path)), { recursive: true });
    await writeFile(join(this.directory, path), text);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.directory, path), 'utf8');
  }

  /** Runs `socio-grpc` to its end. */
  async run(...args: string[]): Promise<CommandResult> {
    const result = await this.exec(process.execPath, COMMAND, ...args);
    // Of one package alone there may be files that it imports.
    if (result.code === 0 && !args.includes('--package')) await this.collect(args, result.stdout);
    return result;
  }

  private async collect(args: readonly string[], stdout: string): Promise<void> {
    const [command] = args;
    if (command === 'print') await collectPrinted(stdout);
    if (command !== 'generate') return;
    const given = args.indexOf('--directory') + 1;
    // With their types, or the link to all of node_modules is followed.
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && entry.name === 'proto');
    const roots =
      given > 0
        ? [join(this.directory, args[given] as string)]
        : folders.map(({ parentPath, name }) => join(parentPath, name));
    await collectEmitted(...roots);
  }

  /** Starts `socio-grpc`, for what does not end by itself. */
  start(...args: string[]): ChildProcess {
    return spawn(process.execPath, [COMMAND, ...args], { cwd: this.directory, stdio: 'pipe' });
  }

  exec(command: string, ...args: string[]): Promise<CommandResult> {
    return new Promise((resolve) => {
      const options = { cwd: this.directory, env: { ...process.env, NO_COLOR: '1' } };
      const child = execFile(command, args, options, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

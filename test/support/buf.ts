/** `buf`, the other opinion: what it builds is valid, what it calls breaking breaks. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const BUF = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
const CONFIG = 'version: v2\nbreaking:\n  use: [WIRE_JSON]\n';

/** Two versions of one file. */
export interface Step {
  readonly was: string;
  readonly is: string;
}

/** What buf says against the files, each in a package of its own; empty when it takes them all. */
export async function bufBuild(
  texts: readonly string[],
  imported: Readonly<Record<string, string>> = {},
): Promise<string> {
  const files: Record<string, string> = { ...imported, 'buf.yaml': CONFIG };
  for (const [index, text] of texts.entries()) files[`s${index}/file.proto`] = inPackage(text, index);
  return inFolder(files, async (dir) => {
    const { code, output } = await buf(dir, 'build');
    return code === 0 ? '' : output;
  });
}

/** The rules that each step breaks, in one run. */
export async function bufBreaking(
  steps: readonly Step[],
  imported: Readonly<Record<string, string>> = {},
): Promise<string[][]> {
  const files: Record<string, string> = {};
  for (const side of ['was', 'is'])
    for (const [name, text] of Object.entries({ ...imported, 'buf.yaml': CONFIG }))
      files[`${side}/${name}`] = text;
  for (const [index, { was, is }] of steps.entries()) {
    files[`was/s${index}/file.proto`] = inPackage(was, index);
    files[`is/s${index}/file.proto`] = inPackage(is, index);
  }
  return inFolder(files, async (dir) => {
    const { code, output } = await buf(
      join(dir, 'is'),
      'breaking',
      '--against',
      '../was',
      '--error-format',
      'json',
    );
    // What does not compile hides what breaks.
    if ((code !== 0 && code !== 100) || output.includes('"COMPILE"')) throw new Error(output);
    const rules = steps.map((): string[] => []);
    for (const line of output.split('\n').filter(Boolean)) {
      const { path, type } = JSON.parse(line) as { path: string; type: string };
      rules[Number(/\bs(\d+)\//.exec(path)?.[1])]?.push(type);
    }
    return rules;
  });
}

/** What `buf lint` has to say of the files, by its rules. */
export async function bufLint(files: Readonly<Record<string, string>>): Promise<LintFinding[]> {
  return inFolder(files, async (dir) => {
    const { code, output } = await buf(dir, 'lint', '--error-format', 'json');
    if (code !== 0 && code !== 100) throw new Error(output);
    return output
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LintFinding);
  });
}

export interface LintFinding {
  readonly type: string;
  readonly message: string;
}

/** Several versions of the package `shop.v1` in one run, each under a name of its own. */
function inPackage(text: string, index: number): string {
  return text.replaceAll(/\bshop(?=\.v\d)/g, `shop${index}`);
}

async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'socio-grpc-buf-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), text);
    }
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** 0: fine, 100: it has something to say. */
export function buf(cwd: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BUF, ...args], { cwd, maxBuffer: 64e6 }, (error, stdout, stderr) => {
      const code = error ? Number(error.code ?? 1) : 0;
      resolve({ code, output: code === 100 ? stdout || stderr : stderr || stdout });
    });
  });
}

/** What buf says against files that import each other, by their paths; empty when it takes them all. */
export function bufBuildFiles(files: Readonly<Record<string, string>>): Promise<string> {
  return inFolder({ ...files, 'buf.yaml': CONFIG }, async (dir) => {
    const { code, output } = await buf(dir, 'build');
    return code === 0 ? '' : output;
  });
}

/** The `FileDescriptorSet` that buf builds of files, in bytes. */
export function bufDescriptorSet(files: Readonly<Record<string, string>>): Promise<Buffer> {
  return inFolder({ ...files, 'buf.yaml': CONFIG }, async (dir) => {
    const { code, output } = await buf(dir, 'build', '--as-file-descriptor-set', '-o', 'set.binpb');
    if (code !== 0) throw new Error(output);
    return readFile(join(dir, 'set.binpb'));
  });
}

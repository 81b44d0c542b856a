/** The library as it is published: `dist`, built once however many specs run side by side. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const lock = join(
  tmpdir(),
  `socio-grpc-build-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`,
);

/** Longer than any build: its holder is gone. */
const LOCK_AGE = 120_000;

/** Builds `dist` unless it is younger than every source. */
export async function buildLibrary(): Promise<void> {
  while (!(await take(lock))) await wait(200);
  try {
    if (await isStale()) await run('npm', ['run', 'build', '--silent'], { cwd: root });
  } finally {
    await rm(lock, { recursive: true });
  }
}

async function take(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
    return true;
  } catch {
    const found = await stat(directory).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > LOCK_AGE) await rm(directory, { recursive: true });
    return false;
  }
}

async function isStale(): Promise<boolean> {
  const built = await stat(join(root, 'dist/index.js')).catch(() => undefined);
  if (!built) return true;
  const sources = (await readdir(join(root, 'lib'), { recursive: true })).map((file) => join('lib', file));
  for (const file of [...sources, 'package.json', 'tsconfig.json', 'nest-cli.json'])
    if ((await stat(join(root, file))).mtimeMs > built.mtimeMs) return true;
  return false;
}

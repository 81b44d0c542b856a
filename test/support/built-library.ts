/** The library and the samples as they are published: `dist`, built once however many specs run side by side. */
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
export function buildLibrary(): Promise<void> {
  return locked(() => buildIfStale(root, 'lib', 'dist/index.js'));
}

/** Builds a sample and the library that it uses. */
export function buildSample(name: string): Promise<void> {
  return locked(async () => {
    await buildIfStale(root, 'lib', 'dist/index.js');
    await buildIfStale(join(root, 'sample', name), 'src', 'dist/main.js');
  });
}

async function locked(work: () => Promise<void>): Promise<void> {
  while (!(await take(lock))) await wait(200);
  try {
    await work();
  } finally {
    await rm(lock, { recursive: true });
  }
}

async function buildIfStale(directory: string, sources: string, built: string): Promise<void> {
  if (await isStale(directory, sources, built))
    await run('npm', ['run', 'build', '--silent'], { cwd: directory });
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

async function isStale(directory: string, sources: string, target: string): Promise<boolean> {
  const built = await stat(join(directory, target)).catch(() => undefined);
  if (!built) return true;
  const files = (await readdir(join(directory, sources), { recursive: true })).map((file) =>
    join(sources, file),
  );
  for (const file of [...files, 'package.json', 'tsconfig.json', 'nest-cli.json']) {
    const found = await stat(join(directory, file)).catch(() => undefined);
    if (found && found.mtimeMs > built.mtimeMs) return true;
  }
  return false;
}

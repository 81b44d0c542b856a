/**
 * Every `.proto` file that the suite makes is kept, and at the end of the run given to the compilers of others, all at
 * once: a process for each would cost minutes.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    emittedDir: string;
  }
}

/** Keeps what stands below the folders that imports are relative to. */
export async function collectEmitted(...roots: readonly string[]): Promise<void> {
  const files = new Map<string, string>();
  for (const root of roots) {
    const all = await readdir(root, { recursive: true }).catch(() => []);
    for (const path of all.filter((each) => each.endsWith('.proto')).toSorted())
      files.set(path, await readFile(join(root, path), 'utf8'));
  }
  await keep(files);
}

/** Keeps a file that was only printed. */
export async function collectPrinted(text: string): Promise<void> {
  await keep(new Map([['printed.proto', text]]));
}

async function keep(files: ReadonlyMap<string, string>): Promise<void> {
  if (files.size === 0) return;
  const name = createHash('sha256')
    .update(JSON.stringify([...files]))
    .digest('hex')
    .slice(0, 16);
  for (const [path, text] of files) {
    const target = join(inject('emittedDir'), `u${name}`, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}

/** Where the emitted files of one run are kept, and what becomes of them at its end. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { checkEmitted } from './check-emitted.js';

const SAMPLES = fileURLToPath(new URL('../../sample', import.meta.url));

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'socio-grpc-emitted-'));
  for (const sample of await readdir(SAMPLES))
    await cp(join(SAMPLES, sample, 'proto'), join(directory, `u${sample.replaceAll('-', '_')}`), {
      recursive: true,
    }).catch(() => undefined);
  project.provide('emittedDir', directory);
  return async () => {
    const complaints = await checkEmitted(directory);
    await rm(directory, { recursive: true, force: true });
    if (complaints.length === 0) return;
    // An error that is thrown here would leave the other services running, and the exit code as it is.
    process.exitCode = 1;
    process.stderr.write(`\nCompilers refuse what the suite has made:\n${complaints.join('\n')}\n`);
  };
}

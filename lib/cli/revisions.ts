/** Files as they were at a git revision. */
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from './command-error.js';

const run = promisify(execFile);

/** Larger than any contract that people still read. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * A released contract.
 *
 * @param reference a file, or a git revision of the file at `path`
 * @returns undefined when the revision has no such file yet
 * @throws CommandError when it is neither
 */
export async function readReleased(reference: string, path: string): Promise<string | undefined> {
  return (await isFile(reference)) ? readFile(reference, 'utf8') : readRevision(reference, path);
}

export function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * @returns undefined when the revision has no such file yet
 * @throws CommandError when there is no such revision
 */
export async function readRevision(revision: string, path: string): Promise<string | undefined> {
  const commit = await git(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
  if (commit === undefined)
    throw new CommandError(
      `"${revision}": is neither a file nor a git revision here. Expected for example origin/main.`,
    );
  const inRepository = `./${relative(process.cwd(), path).split(sep).join('/')}`;
  return git(['show', `${commit.trim()}:${inRepository}`]);
}

/** @returns undefined when git refuses */
async function git(args: readonly string[]): Promise<string | undefined> {
  try {
    return (await run('git', args, { maxBuffer: MAX_BYTES })).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new CommandError('git: is not installed, and a revision was named. Name a file instead.');
    return undefined;
  }
}

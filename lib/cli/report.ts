/** How findings read at the terminal: one line for the file, one for each finding below it. */
import { relative } from 'node:path';
import type { Break } from '../proto/breaking.js';
import type { Difference } from '../proto/contract.js';

/** A path as the person at the terminal would write it. */
export function shownPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown.startsWith('..') ? path : shown;
}

/** `3 changes` */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** A difference as a change that is going to be made, or was made. */
export function changeLine({ place, was, is }: Difference): string {
  return `  ${place}: ${was ?? 'absent'} -> ${is ?? 'absent'}`;
}

/** A difference as two sides that should be one. */
export function driftLine({ place, was, is }: Difference): string {
  return `  ${place}: ${was ?? 'absent'} in the file, ${is ?? 'absent'} in the code`;
}

export function breakLine({ affects, place, was, is }: Break): string {
  return `  ${place}: was ${was}, is ${is ?? 'absent'} (breaks ${affects})`;
}

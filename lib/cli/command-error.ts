/** How a command ends: with what it found, or with the reason why it could not look. */

export const ExitCode = {
  ok: 0,
  /** The file and the code differ, or clients would break. */
  found: 1,
  /** Wrong usage, or an application that cannot be built. */
  failed: 2,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A text for the person at the terminal: names the place, what is wrong, and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

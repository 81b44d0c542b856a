/**
 * The ledger: what the committed `.proto` file remembers of numbers. It is the contract as parsed, and the
 * comments that keep the numbers of messages and enums that were removed as a whole.
 */
import type { FileDescriptor, Reserved } from './descriptors.js';
import { readContract } from './parse.js';
import { unreadable } from './parse-problem.js';

/** A message or an enum that is gone; its numbers keep their meaning for messages still on the wire. */
export interface Tombstone {
  readonly kind: 'message' | 'enum';
  /** As in the descriptors: `Genre.Enum` for a wrapped enum. */
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly number: number }[];
  /** Numbers that were reserved before the removal. */
  readonly reserved: Reserved;
}

export interface Ledger {
  /** Names, numbers and reservations by message and enum. */
  readonly contract: FileDescriptor;
  readonly removed: readonly Tombstone[];
}

/**
 * Reads the ledger out of a committed `.proto` file. Blank text is an empty ledger. A tombstone is one line
 * of a fixed form at the left margin: `// removed message Post: 1 id, 2 title`, `// removed enum Genre.Enum:
 * 0 ENUM_UNSPECIFIED, 1 NOVEL`; an entry without a name, `3` or `5 to 7`, was reserved before the removal.
 *
 * @param fileName how errors name the file
 * @throws SetupError naming the line when the file, or a tombstone in it, cannot be read
 * @example
 * const ledger = readLedger(await readFile(path, 'utf8'), path);
 * const numbered = numberFile(file, ledger);
 */
export function readLedger(text: string, fileName: string): Ledger {
  const contract = readContract(text, fileName);
  const removed = text
    .split('\n')
    .flatMap((line, index) => readTombstone(line.trimEnd(), index + 1, fileName) ?? []);
  return { contract, removed };
}

function readTombstone(text: string, line: number, fileName: string): Tombstone | undefined {
  if (!/^\/\/ removed (?:message|enum) /.test(text)) return undefined;
  const tombstone = /^\/\/ removed (message|enum) (\w+(?:\.\w+)*):(.*)$/.exec(text);
  if (!tombstone) throw misformed(line, fileName);
  const members: { name: string; number: number }[] = [];
  const ranges: [number, number][] = [];
  for (const entry of tombstone[3]!.split(',').map((part) => part.trim())) {
    const [, from, to, name] = /^(-?\d+)(?: to (-?\d+)| ([A-Za-z_]\w*))?$/.exec(entry) ?? [];
    if (from === undefined) throw misformed(line, fileName);
    if (name === undefined) ranges.push([Number(from), Number(to ?? from)]);
    else members.push({ name, number: Number(from) });
  }
  const kind = tombstone[1] === 'enum' ? 'enum' : 'message';
  return { kind, name: tombstone[2]!, members, reserved: { ranges, names: [] } };
}

function misformed(line: number, fileName: string): Error {
  return unreadable(fileName, line, 'expected a line such as "// removed message Post: 1 id, 2 title"');
}

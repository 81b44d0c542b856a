/**
 * The ledger: what the committed `.proto` file remembers of numbers. It is the contract as parsed, and the
 * comments that keep the numbers of messages and enums that were removed as a whole.
 */
import type { EnumDescriptor, FileDescriptor, MessageDescriptor } from './descriptors.js';
import type { Declares } from './imports.js';
import { readContract } from './parse.js';
import { lineOf, unreadable } from './parse-problem.js';
import { type PrintStyle, printFile } from './print.js';
import { keyOf, mergeTombstones, printTombstone, readTombstone, type Tombstone } from './tombstone.js';

export type { Tombstone } from './tombstone.js';

export interface Ledger {
  /** Names, numbers and reservations by message and enum. */
  readonly contract: FileDescriptor;
  readonly removed: readonly Tombstone[];
}

/**
 * Reads the ledger out of a committed `.proto` file. Blank text is an empty ledger. A tombstone is one line
 * of a fixed form at the left margin: `// removed message Post: 1 id, 2 title`, `// removed enum Genre.Enum:
 * 0 ENUM_UNSPECIFIED, 1 NOVEL`; an entry without a name, `3` or `5 to 7`, and a name in quotes were reserved
 * before the removal.
 *
 * @param fileName how errors name the file
 * @param declares what files that are imported declare; where it is not known, their folders tell
 * @throws SetupError naming the line when the file, or a tombstone in it, cannot be read, or when a removed
 * field and a present one have the same number
 * @example
 * const ledger = readLedger(await readFile(path, 'utf8'), path);
 * const numbered = numberFile(file, ledger);
 */
export function readLedger(text: string, fileName: string, declares?: Declares): Ledger {
  const found: Tombstone[] = [];
  // A tombstone that a merge moved right above a message must not be read as the comment of the message.
  const others = text.split('\n').map((line, index) => {
    const tombstone = readTombstone(line.trimEnd(), index + 1, fileName);
    if (tombstone) found.push(tombstone);
    return tombstone ? '' : line;
  });
  const contract = readContract(others.join('\n'), fileName, declares);
  const removed = mergeTombstones(found);
  assertNoneReused(contract, removed, text, fileName);
  return { contract, removed };
}

/**
 * The text of the committed file: the contract, then one line for each tombstone.
 *
 * @example
 * await writeIfChanged(path, printLedger({ contract, removed: [] }, SOCIO_STYLE));
 */
export function printLedger({ contract, removed }: Ledger, style: PrintStyle): string {
  const text = printFile(contract, style);
  if (removed.length === 0) return text;
  const lines = removed.map((tombstone) => `${printTombstone(tombstone)}\n`).join('');
  return style.trailingBlanks ? `${text}${lines}\n` : `${text}\n${lines}`;
}

/** One branch removed the message while another gave the number anew: nobody may read it as both. */
function assertNoneReused(
  { messages, enums }: FileDescriptor,
  removed: readonly Tombstone[],
  text: string,
  fileName: string,
): void {
  if (removed.length === 0) return;
  const shapes = new Map([...messages, ...enums].map((shape) => [keyOf(shape), shape]));
  for (const tombstone of removed) {
    const shape = shapes.get(keyOf(tombstone));
    for (const { name, number } of shape ? membersOf(shape) : []) {
      // 0 of an enum stands for "no value", under whatever name.
      if (number === 0) continue;
      const before = tombstone.members.find((member) => member.number === number && member.name !== name);
      if (!before) continue;
      const what = `"${tombstone.name}" gives the number ${number} to "${name}" and, in its "// removed" line, to "${before.name}"`;
      throw unreadable(fileName, lineOf(text, tombstone.name, name), what);
    }
  }
}

function membersOf(shape: MessageDescriptor | EnumDescriptor) {
  return shape.kind === 'message' ? shape.fields : shape.values;
}

/**
 * What is left of a message or an enum that was removed as a whole: one comment line of a fixed form, because
 * proto3 has no statement that reserves the numbers of a message that is not there.
 */
import type { EnumDescriptor, MessageDescriptor, Reserved } from './descriptors.js';
import { unreadable } from './parse-problem.js';
import { mergeRanges, type NumberRange } from './reserved.js';

/** A message or an enum that is gone; its numbers keep their meaning for messages still on the wire. */
export interface Tombstone {
  readonly kind: 'message' | 'enum';
  /** As in the descriptors: `Genre.Enum` for a wrapped enum. */
  readonly name: string;
  readonly members: readonly TombstoneMember[];
  /** What was reserved before the removal. */
  readonly reserved: Reserved;
}

export interface TombstoneMember {
  readonly name: string;
  readonly number: number;
}

/** Where a line may be one. A comment that the code gives is never printed so, see `print.ts`. */
const BEGINNING = /^\/\/ removed (?:message|enum) /;

/**
 * What a message or an enum leaves behind; nothing when it never gave a number.
 *
 * @example
 * bury(post); // { kind: 'message', name: 'Post', members: [{ name: 'id', number: 1 }], reserved: … }
 */
export function bury(shape: MessageDescriptor | EnumDescriptor): Tombstone | undefined {
  const declared = shape.kind === 'message' ? shape.fields : shape.values;
  const members = declared.map(({ name, number }) => ({ name, number }));
  const { kind, name, reserved } = shape;
  const empty = [members, reserved.ranges, reserved.names].every((list) => list.length === 0);
  return empty ? undefined : { kind, name, members, reserved };
}

/**
 * One tombstone for each name, sorted. A merge of two branches may leave two for one message; what either of
 * them remembers must be kept.
 */
export function mergeTombstones(tombstones: readonly Tombstone[]): Tombstone[] {
  const merged = new Map<string, Tombstone>();
  for (const tombstone of tombstones) {
    const key = keyOf(tombstone);
    merged.set(key, join(tombstone, merged.get(key)));
  }
  return [...merged.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** A message and an enum may leave the same name, but their numbers have nothing to do with each other. */
export function keyOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}

/**
 * The line that is read back.
 *
 * @example
 * printTombstone(tombstone); // '// removed message Post: 1 id, 2 title, 5 to 7, "old"'
 */
export function printTombstone({ kind, name, members, reserved }: Tombstone): string {
  const entries = [
    ...members.map((member) => `${member.number} ${member.name}`),
    ...reserved.ranges.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)),
    ...reserved.names.map((reservedName) => `"${reservedName}"`),
  ];
  return `// removed ${kind} ${name}: ${entries.join(', ')}`;
}

/** Whether a line of a comment would be taken for a tombstone when printed at the left margin. */
export function readsAsTombstone(comment: string): boolean {
  return BEGINNING.test(`// ${comment}`);
}

/**
 * The tombstone that a line of a file is, if it is one.
 *
 * @throws SetupError naming the line when it begins as one and cannot be read
 */
export function readTombstone(text: string, line: number, fileName: string): Tombstone | undefined {
  if (!BEGINNING.test(text)) return undefined;
  const [, kind, name, entries] = /^\/\/ removed (message|enum) (\w+(?:\.\w+)*):(.*)$/.exec(text) ?? [];
  if (name === undefined || entries === undefined) throw misformed(line, fileName);
  const members: TombstoneMember[] = [];
  const ranges: NumberRange[] = [];
  const names: string[] = [];
  for (const entry of entries.split(',').map((part) => part.trim())) {
    const [fits, from, to, member, reserved] =
      /^(?:(-?\d+)(?: to (-?\d+)| ([A-Za-z_]\w*))?|"(\w+)")$/.exec(entry) ?? [];
    if (fits === undefined) throw misformed(line, fileName);
    if (reserved !== undefined) names.push(reserved);
    else if (member !== undefined) members.push({ name: member, number: Number(from) });
    else ranges.push([Number(from), Number(to ?? from)]);
  }
  return { kind: kind === 'enum' ? 'enum' : 'message', name, members, reserved: { ranges, names } };
}

function join(a: Tombstone, b: Tombstone | undefined): Tombstone {
  const members = new Map([...(b?.members ?? []), ...a.members].map((m) => [`${m.number} ${m.name}`, m]));
  return {
    ...a,
    // As enum values are printed: negative numbers go last.
    members: [...members.values()].toSorted(
      (x, y) => (x.number >>> 0) - (y.number >>> 0) || (x.name < y.name ? -1 : 1),
    ),
    reserved: {
      ranges: mergeRanges([...a.reserved.ranges, ...(b?.reserved.ranges ?? [])]),
      names: [...new Set([...a.reserved.names, ...(b?.reserved.names ?? [])])].sort(),
    },
  };
}

function misformed(line: number, fileName: string): Error {
  return unreadable(fileName, line, 'expected a line such as "// removed message Post: 1 id, 2 title"');
}

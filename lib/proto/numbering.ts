/**
 * Declared contract + ledger -> contract with numbers. A number, once given, means one name for ever: bytes
 * written by an old client must never be read as another field.
 * See https://protobuf.dev/programming-guides/proto3/#deleting
 */
import { SetupError } from '../errors/setup-error.js';
import type {
  EnumDescriptor,
  EnumValueDescriptor,
  FieldDescriptor,
  FileDescriptor,
  MessageDescriptor,
  Reserved,
} from './descriptors.js';
import type { Ledger } from './ledger.js';
import { MAX_ENUM_NUMBER, MAX_FIELD_NUMBER, mergeRanges, type NumberRange } from './reserved.js';
import { keyOf } from './tombstone.js';

type Shape = MessageDescriptor | EnumDescriptor;

interface Member {
  readonly name: string;
  readonly number: number;
}

/** What the ledger remembers of one message or enum. */
interface Known {
  readonly members: readonly Member[];
  /** Members of a message that was removed as a whole: their names do not keep their numbers. */
  readonly removed: readonly Member[];
  readonly reserved: Reserved;
}

const UNKNOWN: Known = { members: [], removed: [], reserved: { ranges: [], names: [] } };

interface NumberSpace {
  readonly first: number;
  readonly last: number;
  /** Fields of this range belong to protobuf itself. */
  readonly gap: NumberRange | undefined;
}

interface Numbering {
  readonly numbers: ReadonlyMap<string, number>;
  readonly reserved: Reserved;
}

const GAP: NumberRange = [19_000, 19_999];
const FIELDS: NumberSpace = { first: 1, last: MAX_FIELD_NUMBER, gap: GAP };
const ENUM_VALUES: NumberSpace = { first: 0, last: MAX_ENUM_NUMBER, gap: undefined };

/**
 * Gives every field and enum value its number. What the ledger knows by name keeps its number, whatever its
 * type; the rest is numbered after the highest number ever known, in declaration order. What is gone becomes
 * reserved; a name that comes back gets a new number, alone or with its whole message. The first value of an
 * enum is always 0, the unspecified one. Messages of the ledger that `file` does not declare are left out.
 *
 * @param ledger what {@link readLedger} read; without one the numbers run from 1, those of enums from 0. With
 * the ledger of an older revision whatever that revision did not have is numbered anew.
 * @throws SetupError with every message or enum that has no number left, for example after `reserved 1 to max`
 * @example
 * const numbered = numberFile(file, readLedger(text, path));
 */
export function numberFile(file: FileDescriptor, ledger: Ledger | undefined): FileDescriptor {
  const known = ledger ? knownOf(ledger) : new Map<string, Known>();
  const problems: string[] = [];
  const messages = file.messages.map((message) =>
    numberMessage(message, known.get(keyOf(message)), problems),
  );
  const enums = file.enums.map((descriptor) =>
    numberEnum(descriptor, known.get(keyOf(descriptor)), problems),
  );
  if (problems.length > 0) throw new SetupError(problems);
  return { ...file, messages, enums };
}

function knownOf({ contract, removed }: Ledger): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const shape of [...contract.messages, ...contract.enums])
    known.set(keyOf(shape), { members: membersOf(shape), removed: [], reserved: shape.reserved });
  for (const tombstone of removed) {
    const { members, reserved } = known.get(keyOf(tombstone)) ?? UNKNOWN;
    known.set(keyOf(tombstone), {
      members,
      removed: tombstone.members,
      reserved: {
        ranges: [...reserved.ranges, ...tombstone.reserved.ranges],
        names: [...reserved.names, ...tombstone.reserved.names],
      },
    });
  }
  return known;
}

function numberMessage(
  message: MessageDescriptor,
  known: Known | undefined,
  problems: string[],
): MessageDescriptor {
  if (!known && isFresh(message)) {
    const fields = message.fields.map((field, index) => ({ ...field, number: FIELDS.first + index }));
    return { ...message, fields };
  }
  const { numbers, reserved } = complete(message, known, keptNumbers(message.fields, known), problems);
  const fields = message.fields.map((field) => ({
    ...field,
    number: numbers.get(field.name) ?? field.number,
  }));
  return { ...message, fields, reserved };
}

/** Nothing is known of most messages of a new file, whose numbers then are those of their places. */
function isFresh({ fields, reserved: { ranges, names } }: MessageDescriptor): boolean {
  return ranges.length === 0 && names.length === 0 && fields.length < GAP[0];
}

function numberEnum(
  descriptor: EnumDescriptor,
  known: Known | undefined,
  problems: string[],
): EnumDescriptor {
  const [unspecified, ...others] = descriptor.values;
  const kept = keptNumbers(others, known);
  // 0 is what an absent value reads as, so it belongs to the first value even when that got another name.
  for (const [name, number] of kept) if (number === 0) kept.delete(name);
  if (unspecified) kept.set(unspecified.name, 0);
  const { numbers, reserved } = complete(descriptor, known, kept, problems);
  const values = descriptor.values.map((value) => ({
    ...value,
    number: numbers.get(value.name) ?? value.number,
  }));
  return { ...descriptor, values, reserved };
}

function membersOf(shape: Shape): readonly (FieldDescriptor | EnumValueDescriptor)[] {
  return shape.kind === 'message' ? shape.fields : shape.values;
}

function keptNumbers(
  declared: readonly { name: string }[],
  { members }: Known = UNKNOWN,
): Map<string, number> {
  const names = new Set(declared.map(({ name }) => name));
  const kept = members.filter(({ name }) => names.has(name));
  return new Map(kept.map(({ name, number }) => [name, number]));
}

/** Numbers what is new and reserves what is gone. */
function complete(
  shape: Shape,
  { members, removed, reserved }: Known = UNKNOWN,
  kept: ReadonlyMap<string, number>,
  problems: string[],
): Numbering {
  const used = new Set(kept.values());
  const everKnown = [...members, ...removed];
  const gone = everKnown.filter(({ number }) => !used.has(number));
  const ranges = mergeRanges([
    ...shape.reserved.ranges,
    ...reserved.ranges,
    ...gone.map(({ number }): NumberRange => [number, number]),
  ]);
  const numbers = new Map(kept);
  const next = numbersAfter(used, ranges, shape.kind === 'message' ? FIELDS : ENUM_VALUES);
  for (const { name } of membersOf(shape).filter((member) => !numbers.has(member.name))) {
    const number = next();
    if (number === undefined) problems.push(exhausted(shape, name));
    else numbers.set(name, number);
  }
  const names = [...shape.reserved.names, ...reserved.names, ...everKnown.map(({ name }) => name)];
  const declared = new Set(membersOf(shape).map(({ name }) => name));
  return {
    numbers,
    reserved: { ranges, names: [...new Set(names)].filter((name) => !declared.has(name)).sort() },
  };
}

/** Numbers above every known one. A reservation up to the maximum is a ceiling, else nothing could be added. */
function numbersAfter(
  used: ReadonlySet<number>,
  ranges: readonly NumberRange[],
  { first, last, gap }: NumberSpace,
): () => number | undefined {
  const ceiling = ranges.find(([, to]) => to >= last)?.[0] ?? last + 1;
  const below = ranges.map(([, to]) => to).filter((to) => to < last);
  let highest = [...used, ...below].reduce((most, number) => Math.max(most, number), first - 1);
  return () => {
    highest += 1;
    if (gap && highest >= gap[0] && highest <= gap[1]) highest = gap[1] + 1;
    return highest < ceiling ? highest : undefined;
  };
}

function exhausted({ kind, name }: Shape, member: string): string {
  const what = kind === 'message' ? 'field' : 'value';
  return (
    `${kind} "${name}": no number is left for the ${what} "${member}". ` +
    `Make room in its "reserved" line of the .proto file.`
  );
}

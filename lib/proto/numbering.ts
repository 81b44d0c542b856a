/**
 * Declared contract + ledger -> contract with numbers. A number, once given, means one name for ever: bytes
 * written by an old client must never be read as another field.
 * See https://protobuf.dev/programming-guides/proto3/#deleting
 */
import { SetupError } from '../errors/setup-error.js';
import {
  type EnumDescriptor,
  type EnumValueDescriptor,
  type FieldDescriptor,
  type FileDescriptor,
  type MessageDescriptor,
  NOTHING_RESERVED,
  type Reserved,
} from './descriptors.js';
import type { Ledger } from './ledger.js';
import { MAX_ENUM_NUMBER, MAX_FIELD_NUMBER, mergeRanges, type NumberRange } from './reserved.js';

type Shape = MessageDescriptor | EnumDescriptor;

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

const FIELDS: NumberSpace = { first: 1, last: MAX_FIELD_NUMBER, gap: [19_000, 19_999] };
const ENUM_VALUES: NumberSpace = { first: 0, last: MAX_ENUM_NUMBER, gap: undefined };

/**
 * Gives every field and enum value its number. What the ledger knows by name keeps its number, whatever its
 * type; the rest is numbered after the highest number ever known, in declaration order. What is gone becomes
 * reserved; a name that comes back gets a new number. The first value of an enum is always 0, the unspecified
 * one. Messages of the ledger that `file` does not declare are left out.
 *
 * @param ledger what {@link readLedger} read; without one the numbers run from 1, those of enums from 0
 * @throws SetupError when a message or enum has no number left, for example after `reserved 1 to max`
 * @example
 * const numbered = numberFile(file, readLedger(text, path));
 */
export function numberFile(file: FileDescriptor, ledger: Ledger | undefined): FileDescriptor {
  const messages = new Map(ledger?.contract.messages.map((message) => [message.name, message]));
  const enums = new Map(ledger?.contract.enums.map((descriptor) => [descriptor.name, descriptor]));
  return {
    ...file,
    messages: file.messages.map((message) => numberMessage(message, messages.get(message.name))),
    enums: file.enums.map((descriptor) => numberEnum(descriptor, enums.get(descriptor.name))),
  };
}

function numberMessage(message: MessageDescriptor, known: MessageDescriptor | undefined): MessageDescriptor {
  const { numbers, reserved } = complete(message, known, keptNumbers(message.fields, known));
  const fields = message.fields.map((field) => ({
    ...field,
    number: numbers.get(field.name) ?? field.number,
  }));
  return { ...message, fields, reserved };
}

function numberEnum(descriptor: EnumDescriptor, known: EnumDescriptor | undefined): EnumDescriptor {
  const [unspecified, ...others] = descriptor.values;
  const kept = keptNumbers(others, known);
  // 0 is what an absent value reads as, so it belongs to the first value even when that got another name.
  for (const [name, number] of kept) if (number === 0) kept.delete(name);
  if (unspecified) kept.set(unspecified.name, 0);
  const { numbers, reserved } = complete(descriptor, known, kept);
  const values = descriptor.values.map((value) => ({
    ...value,
    number: numbers.get(value.name) ?? value.number,
  }));
  return { ...descriptor, values, reserved };
}

function membersOf(shape: Shape | undefined): readonly (FieldDescriptor | EnumValueDescriptor)[] {
  if (!shape) return [];
  return shape.kind === 'message' ? shape.fields : shape.values;
}

function keptNumbers(declared: readonly { name: string }[], known: Shape | undefined): Map<string, number> {
  const names = new Set(declared.map(({ name }) => name));
  const kept = membersOf(known).filter(({ name }) => names.has(name));
  return new Map(kept.map(({ name, number }) => [name, number]));
}

/** Numbers what is new and reserves what is gone. */
function complete(shape: Shape, known: Shape | undefined, kept: ReadonlyMap<string, number>): Numbering {
  const used = new Set(kept.values());
  const remembered = known?.reserved ?? NOTHING_RESERVED;
  const gone = membersOf(known).filter(({ number }) => !used.has(number));
  const ranges = mergeRanges([
    ...shape.reserved.ranges,
    ...remembered.ranges,
    ...gone.map(({ number }): NumberRange => [number, number]),
  ]);
  const numbers = new Map(kept);
  const next = numbersAfter(used, ranges, shape.kind === 'message' ? FIELDS : ENUM_VALUES);
  for (const { name } of membersOf(shape).filter((member) => !numbers.has(member.name))) {
    const number = next();
    if (number === undefined) throw new SetupError([exhausted(shape, name)]);
    numbers.set(name, number);
  }
  const everKnown = [
    ...shape.reserved.names,
    ...remembered.names,
    ...membersOf(known).map(({ name }) => name),
  ];
  const reservedNames = [...new Set(everKnown)].filter((name) => !numbers.has(name)).sort();
  return { numbers, reserved: { ranges, names: reservedNames } };
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

/**
 * What differs between two contracts. Boot check, the command `check` and "has anything to be written?" all ask
 * this one function, so they never disagree. White space and the order of declarations are no part of a
 * contract.
 */
import {
  type EnumDescriptor,
  type FileDescriptor,
  homesOf,
  type MessageDescriptor,
  type Options,
  type Reserved,
  type ServiceDescriptor,
} from './descriptors.js';
import { usedExternals } from './imports.js';
import type { Ledger } from './ledger.js';
import { printField, printSignature } from './print.js';
import { MAX_ENUM_NUMBER, MAX_FIELD_NUMBER, mergeRanges, printReserved } from './reserved.js';
import { keyOf, printTombstone, type Tombstone } from './tombstone.js';

export { readContract } from './parse.js';

/** One place where two contracts differ; undefined stands for "not there". */
export interface Difference {
  /** Readable: `message PostResponse, field 3 headline`. */
  readonly place: string;
  readonly was: string | undefined;
  readonly is: string | undefined;
}

/** One statement of a contract. Its key holds no number, so that a changed number is one difference. */
interface Fact {
  readonly key: string;
  readonly place: string;
  /** What a reader is shown. */
  readonly shown: string;
  /** What is compared, where that is less than what is shown. */
  readonly compared?: string;
  /** Key of the declaration it belongs to: where that is missing as a whole, its parts are not listed. */
  readonly owner?: string;
}

/**
 * Compares two contracts: package, services, rpcs, streaming, messages, fields, numbers, types, cardinality,
 * oneofs, enums, reserved entries, options, imports and comments. What exists on one side only is one difference that shows its content.
 *
 * @param a what was, as a rule the committed file
 * @param b what is, as a rule the running code
 * @example
 * compareContracts(readContract(text, path), numbered);
 * // [{ place: 'message Post, field 3 title', was: 'string title = 3', is: 'optional string title = 3' }]
 */
export function compareContracts(a: FileDescriptor, b: FileDescriptor): Difference[] {
  return compareFacts(factsOf(a), factsOf(b));
}

/**
 * {@link compareContracts} of two ledgers, with what they remember of removed messages and enums.
 *
 * @example
 * compareLedgers(committed, next);
 * // [{ place: 'removed message Tag', was: undefined, is: '// removed message Tag: 1 label' }, …]
 */
export function compareLedgers(a: Ledger, b: Ledger): Difference[] {
  const facts = ({ contract, removed }: Ledger) => [...factsOf(contract), ...removed.map(factOfTombstone)];
  return compareFacts(facts(a), facts(b));
}

function compareFacts(a: readonly Fact[], b: readonly Fact[]): Difference[] {
  const before = new Map(a.map((fact) => [fact.key, fact]));
  const after = new Map(b.map((fact) => [fact.key, fact]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const was = before.get(key);
    const is = after.get(key);
    const fact = is ?? was!;
    if (was && is && (was.compared ?? was.shown) === (is.compared ?? is.shown)) return [];
    if (fact.owner !== undefined && !(before.has(fact.owner) && after.has(fact.owner))) return [];
    return [{ place: fact.place, was: was?.shown, is: is?.shown }];
  });
}

function factsOf(file: FileDescriptor): Fact[] {
  return [
    { key: 'package', place: 'package', shown: file.package },
    ...ownImports(file).map((path) => ({ key: `import ${path}`, place: 'imports', shown: path })),
    ...factsOfOptions(undefined, 'file', file),
    ...file.services.flatMap(factsOfService),
    ...messagesOf(file).flatMap(factsOfMessage),
    ...file.enums.flatMap(factsOfEnum),
  ];
}

/** Without those of Google's own files, which follow from the types that are compared anyway. */
function ownImports(file: FileDescriptor): string[] {
  const externals = usedExternals(file).map((external) => `"${external.file}"`);
  return [...new Set([...externals, ...(file.imports ?? [])])];
}

/** An empty message around an enum reads as the mere wrapper of the enum, so it must compare as one. */
function messagesOf({ messages, enums }: FileDescriptor): MessageDescriptor[] {
  const around = new Set([...messages, ...enums].flatMap(({ name }) => homesOf(name)));
  return messages.filter(
    (message) =>
      !around.has(message.name) ||
      [
        message.fields,
        message.reserved.ranges,
        message.reserved.names,
        message.comment,
        message.options ?? [],
      ].some((list) => list.length > 0),
  );
}

function factOfTombstone(tombstone: Tombstone): Fact {
  const key = `removed ${keyOf(tombstone)}`;
  return { key, place: key, shown: printTombstone(tombstone) };
}

function factsOfService(service: ServiceDescriptor): Fact[] {
  const { name, methods, comment } = service;
  const owner = `service ${name}`;
  const rpcs = methods.flatMap((method): Fact[] => {
    const key = `${owner}, rpc ${method.name}`;
    return [
      { key, place: key, shown: printSignature(method), owner },
      ...factsOfOptions(key, key, method),
      ...factsOfComment(key, key, method.comment),
    ];
  });
  const names = methods.map((method) => method.name);
  return [
    declaration(owner, names),
    ...factsOfOptions(owner, owner, service),
    ...factsOfComment(owner, owner, comment),
    ...rpcs,
  ];
}

function factsOfMessage(message: MessageDescriptor): Fact[] {
  const { name, fields, reserved, comment } = message;
  const owner = `message ${name}`;
  const members = fields.flatMap((field): Fact[] => {
    const key = `${owner}, field ${field.name}`;
    const place = `${owner}, field ${field.number} ${field.name}`;
    const within = field.oneof === undefined ? '' : ` in oneof ${field.oneof}`;
    return [
      { key, place, shown: `${printField(field)}${within}`, owner },
      ...factsOfOptions(key, place, field),
      ...factsOfComment(key, place, field.comment),
    ];
  });
  return [
    declaration(owner, fields.map(printField)),
    ...factsOfOptions(owner, owner, message),
    ...factsOfComment(owner, owner, comment),
    ...members,
    ...factsOfReserved(owner, reserved, MAX_FIELD_NUMBER),
  ];
}

function factsOfEnum(descriptor: EnumDescriptor): Fact[] {
  const { name, values, reserved, comment } = descriptor;
  const owner = `enum ${name}`;
  const members = values.flatMap((value): Fact[] => {
    const key = `${owner}, value ${value.name}`;
    const place = `${owner}, value ${value.number} ${value.name}`;
    const shown = `${value.name} = ${value.number}`;
    return [
      { key, place, shown, owner },
      ...factsOfOptions(key, place, value),
      ...factsOfComment(key, place, value.comment),
    ];
  });
  const content = values.map((value) => `${value.name} = ${value.number}`);
  return [
    declaration(owner, content),
    ...factsOfOptions(owner, owner, descriptor),
    ...factsOfComment(owner, owner, comment),
    ...members,
    ...factsOfReserved(owner, reserved, MAX_ENUM_NUMBER),
  ];
}

/** That something is declared at all: its content is shown, but compared member by member. */
function declaration(key: string, content: readonly string[]): Fact {
  return { key, place: key, shown: content.length === 0 ? 'empty' : content.join(', '), compared: '' };
}

function factsOfReserved(owner: string, reserved: Reserved, max: number): Fact[] {
  const sorted = { ranges: mergeRanges(reserved.ranges), names: reserved.names.toSorted() };
  const shown = printReserved(sorted, max).join(' ');
  return shown === '' ? [] : [{ key: `${owner}, reserved`, place: `${owner}, reserved`, shown, owner }];
}

function factsOfOptions(
  owner: string | undefined,
  place: string,
  { options = [] }: { readonly options?: Options },
): Fact[] {
  if (options.length === 0) return [];
  const shown = options.join(', ');
  return [
    {
      key: `${owner ?? place}, options`,
      place: `${place}, options`,
      shown,
      ...(owner !== undefined && { owner }),
    },
  ];
}

/** protobufjs gives comments back without indents, slashes and stars at the start, so these cannot count. */
function factsOfComment(owner: string, place: string, comment: readonly string[]): Fact[] {
  const shown = comment.join('\n');
  const lines = shown.split(/\r\n|[\r\n]/).map((line) => line.replace(/^[\s*/]+/, '').trimEnd());
  const compared = lines.join('\n').trim();
  if (compared === '') return [];
  return [{ key: `${owner}, comment`, place: `${place}, comment`, shown, compared, owner }];
}

/**
 * What a change of the contract breaks for clients that were built from the old one. Says yes or no as
 * `buf breaking` does in its category WIRE_JSON; on top of that it names services and rpcs that are gone,
 * which buf leaves to other categories.
 */
import {
  type EnumDescriptor,
  type FieldDescriptor,
  type FileDescriptor,
  homesOf,
  type MessageDescriptor,
  type MethodDescriptor,
  NOTHING_RESERVED,
  type Reserved,
  type ServiceDescriptor,
} from './descriptors.js';
import { sameCardinality, TypeComparison } from './field-compatibility.js';
import { jsonNameOf, optionOf } from './options.js';
import { printField, printSignature } from './print.js';
import { covers, MAX_ENUM_NUMBER, MAX_FIELD_NUMBER, printReserved, subtractRanges } from './reserved.js';

export type BreakKind =
  | 'package-changed'
  | 'service-removed'
  | 'rpc-removed'
  | 'rpc-renamed'
  | 'rpc-streaming-changed'
  | 'rpc-request-changed'
  | 'rpc-response-changed'
  | 'rpc-idempotency-changed'
  | 'field-removed'
  | 'field-renamed'
  | 'field-renumbered'
  | 'field-type-changed'
  | 'field-cardinality-changed'
  | 'field-oneof-changed'
  | 'field-json-name-changed'
  | 'value-removed'
  | 'value-renamed'
  | 'value-renumbered'
  | 'number-reused'
  | 'reserved-removed';

/** One thing that a client built from the old contract can no longer rely on. */
export interface Break {
  readonly kind: BreakKind;
  /** `wire`: bytes are misread; `json`: only JSON and generated names are; `calls`: an rpc is not there. */
  readonly affects: 'wire' | 'json' | 'calls';
  /** Readable: `message PostResponse, field 3 headline`. */
  readonly place: string;
  readonly was: string;
  /** What is there instead, or what is missing; undefined for nothing. */
  readonly is: string | undefined;
}

type Shape = MessageDescriptor | EnumDescriptor;

/**
 * Compares an old contract with a new one. What was added breaks nothing, nor does a removed field whose
 * number and name are reserved, nor a removed message that nothing refers to.
 *
 * @param was what clients were built from, as a rule the released file
 * @param is what they are going to meet
 * @example
 * findBreaks(readContract(released, path), settlement.ledger.contract);
 * // [{ kind: 'field-type-changed', affects: 'wire', place: 'message Post, field 3 title',
 * //    was: 'string title = 3', is: 'int32 title = 3' }]
 */
export function findBreaks(was: FileDescriptor, is: FileDescriptor): Break[] {
  const blank = [was.services, was.messages, was.enums].every((list) => list.length === 0);
  if (blank && was.package === '') return [];
  // Every full name is another one then; there is nothing left to compare.
  if (was.package !== is.package)
    return [found('package-changed', 'wire', 'package', was.package, is.package)];
  const types = new TypeComparison(was, is);
  return [
    ...pairs(was.services, is.services).flatMap(([a, b]) => serviceBreaks(a, b)),
    ...pairs(was.messages, [...wrappersIn(is), ...is.messages]).flatMap(([a, b]) =>
      b ? messageBreaks(a, b, types) : [],
    ),
    ...pairs(was.enums, is.enums).flatMap(([a, b]) => (b ? enumBreaks(a, b) : [])),
  ];
}

/** A message that is left as the mere wrapper of an enum is still there, without its fields. */
function wrappersIn({ messages, enums }: FileDescriptor): MessageDescriptor[] {
  const names = new Set([...messages, ...enums].flatMap(({ name }) => homesOf(name)));
  return [...names].map((name) => ({
    kind: 'message',
    name,
    fields: [],
    reserved: NOTHING_RESERVED,
    comment: [],
  }));
}

function serviceBreaks(was: ServiceDescriptor, is: ServiceDescriptor | undefined): Break[] {
  const place = `service ${was.name}`;
  if (!is) {
    const rpcs = was.methods.map(({ name }) => name).join(', ');
    return [found('service-removed', 'calls', place, rpcs === '' ? 'empty' : rpcs, undefined)];
  }
  const known = new Set(was.methods.map(({ name }) => name));
  const added = is.methods.filter(({ name }) => !known.has(name));
  return pairs(was.methods, is.methods).flatMap(([a, b]) => rpcBreaks(place, a, b, added));
}

function rpcBreaks(
  service: string,
  was: MethodDescriptor,
  is: MethodDescriptor | undefined,
  added: readonly MethodDescriptor[],
): Break[] {
  const place = `${service}, rpc ${was.name}`;
  const [before, after] = [printSignature(was), is && printSignature(is)];
  if (!is) {
    const [heir, ...others] = added.filter((rpc) => printSignature(rpc) === before);
    return heir && others.length === 0
      ? [found('rpc-renamed', 'calls', place, was.name, heir.name)]
      : [found('rpc-removed', 'calls', place, before, undefined)];
  }
  const streams = was.requestStream === is.requestStream && was.responseStream === is.responseStream;
  const idempotency = (rpc: MethodDescriptor) => optionOf(rpc, 'idempotency_level') ?? 'IDEMPOTENCY_UNKNOWN';
  return [
    ...(streams ? [] : [found('rpc-streaming-changed', 'wire', place, before, after)]),
    ...differ('rpc-request-changed', 'wire', place, was.request, is.request),
    ...differ('rpc-response-changed', 'wire', place, was.response, is.response),
    ...differ('rpc-idempotency-changed', 'wire', place, idempotency(was), idempotency(is)),
  ];
}

function messageBreaks(was: MessageDescriptor, is: MessageDescriptor, types: TypeComparison): Break[] {
  const place = `message ${was.name}`;
  const now = membersOf(is.fields);
  const fields = was.fields.flatMap((field): Break[] => {
    const where = `${place}, field ${field.number} ${field.name}`;
    const after = now.byNumber.get(field.number);
    if (after?.name === field.name) return fieldBreaks(where, field, after, types);
    const moved = now.byName.get(field.name);
    if (moved) return [found('field-renumbered', 'wire', where, printField(field), printField(moved))];
    if (!after) return removal('field-removed', where, printField(field), field, is.reserved);
    return types.fits(field.type, after.type) && sameCardinality(field, after)
      ? [found('field-renamed', 'json', where, printField(field), printField(after))]
      : [found('number-reused', 'wire', where, printField(field), printField(after))];
  });
  return [...fields, ...reservedBreaks(place, was, is, MAX_FIELD_NUMBER)];
}

function fieldBreaks(
  place: string,
  was: FieldDescriptor,
  is: FieldDescriptor,
  types: TypeComparison,
): Break[] {
  const shown = [printField(was), printField(is)] as const;
  const cardinality = sameCardinality(was, is);
  // A list that became a map changes its type with its form: one break says both.
  const type = types.fits(was.type, is.type) || !cardinality;
  return [
    ...(cardinality ? [] : [found('field-cardinality-changed', 'wire', place, ...shown)]),
    ...(type ? [] : [found('field-type-changed', 'wire', place, ...shown)]),
    ...differ('field-oneof-changed', 'wire', place, was.oneof ?? 'no oneof', is.oneof ?? 'no oneof'),
    ...differ('field-json-name-changed', 'json', place, jsonNameOf(was), jsonNameOf(is)),
  ];
}

function enumBreaks(was: EnumDescriptor, is: EnumDescriptor): Break[] {
  const place = `enum ${was.name}`;
  const now = membersOf(is.values);
  const shown = (value: { name: string; number: number }) => `${value.name} = ${value.number}`;
  const values = was.values.flatMap((value): Break[] => {
    const where = `${place}, value ${value.number} ${value.name}`;
    const after = now.byNumber.get(value.number);
    if (after?.name === value.name) return [];
    const moved = now.byName.get(value.name);
    if (moved) return [found('value-renumbered', 'wire', where, shown(value), shown(moved))];
    if (!after) return removal('value-removed', where, shown(value), value, is.reserved);
    return [found('value-renamed', 'json', where, shown(value), shown(after))];
  });
  return [...values, ...reservedBreaks(place, was, is, MAX_ENUM_NUMBER)];
}

/** Gone is fine as long as neither number nor name can ever be given again. */
function removal(
  kind: BreakKind,
  place: string,
  was: string,
  { name, number }: { name: string; number: number },
  reserved: Reserved,
): Break[] {
  const numberFree = !covers(reserved.ranges, number);
  const nameFree = !reserved.names.includes(name);
  if (!numberFree && !nameFree) return [];
  const free = [...(numberFree ? [`number ${number}`] : []), ...(nameFree ? [`name "${name}"`] : [])];
  return [found(kind, numberFree ? 'wire' : 'json', place, was, `${free.join(' and ')} not reserved`)];
}

function reservedBreaks(place: string, was: Shape, is: Shape, max: number): Break[] {
  const kept = new Set(is.reserved.names);
  const names = was.reserved.names.filter((name) => !kept.has(name));
  const ranges = subtractRanges(was.reserved.ranges, is.reserved.ranges);
  const lost = [
    ...printReserved({ ranges, names: [] }, max).map((line) => ['wire', line] as const),
    ...printReserved({ ranges: [], names }, max).map((line) => ['json', line] as const),
  ];
  return lost.map(([affects, line]) =>
    found('reserved-removed', affects, `${place}, reserved`, line, undefined),
  );
}

function membersOf<T extends { readonly name: string; readonly number: number }>(members: readonly T[]) {
  return {
    byName: new Map(members.map((member) => [member.name, member])),
    byNumber: new Map(members.map((member) => [member.number, member])),
  };
}

function pairs<T extends { readonly name: string }>(
  was: readonly T[],
  is: readonly T[],
): [was: T, is: T | undefined][] {
  const now = new Map(is.map((item) => [item.name, item]));
  return was.map((item) => [item, now.get(item.name)]);
}

function differ(kind: BreakKind, affects: Break['affects'], place: string, was: string, is: string): Break[] {
  return was === is ? [] : [found(kind, affects, place, was, is)];
}

function found(
  kind: BreakKind,
  affects: Break['affects'],
  place: string,
  was: string,
  is: string | undefined,
): Break {
  return { kind, affects, place, was, is };
}

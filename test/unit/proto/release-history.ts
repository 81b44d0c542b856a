/** Random histories of a contract: what a team does to its code between two releases. */
import * as fc from 'fast-check';
import type {
  Cardinality,
  FieldDescriptor,
  FieldType,
  FileDescriptor,
  ScalarType,
  ServiceDescriptor,
} from '../../../lib/proto/descriptors.js';
import { enumOf, field, file, message } from './descriptor-builders.js';

const MESSAGES = ['A', 'B', 'C'];
const ENUMS = ['E.Enum', 'F.Enum', 'A.Kind'];
const SERVICES = ['PostController', 'TagController'];
const FIELDS = ['a', 'b', 'c', 'd', 'e_f', 'g'];
const VALUES = ['U', 'V', 'W', 'X', 'Y'];
const SCALARS: ScalarType[] = [
  'string',
  'int32',
  'uint32',
  'int64',
  'fixed32',
  'sfixed32',
  'bool',
  'double',
  'bytes',
];
const TYPES = [...SCALARS, 'map<string, int32>', 'map<string, uint32>', ...MESSAGES, ...ENUMS];

interface Field {
  readonly name: string;
  readonly type: string;
  readonly cardinality: Cardinality;
}

interface Rpc {
  readonly request: string;
  readonly response: string;
  readonly streaming: boolean;
}

/** What the code declares: services, messages and enums by name. */
export interface Code {
  readonly services: Readonly<Record<string, Readonly<Record<string, Rpc>>>>;
  readonly messages: Readonly<Record<string, readonly Field[]>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

export interface Edit extends Field, Rpc {
  readonly what: (typeof EDITS)[number];
  readonly message: string;
  readonly other: string;
  readonly newName: string;
  readonly enumName: string;
  readonly value: string;
  readonly newValue: string;
  readonly service: string;
  readonly rpc: string;
}

export interface Step {
  readonly edits: readonly Edit[];
  /** Who writes the file: the command, a process with one service only, or both sides of a merge. */
  readonly writer: 'generate' | 'part' | 'merge';
  readonly service: string;
  readonly theirs: readonly Edit[];
}

const EDITS = [
  'add field',
  'drop field',
  'rename field',
  'retype field',
  'reorder fields',
  'move field',
  'drop message',
  'add value',
  'drop value',
  'rename value',
  'reorder values',
  'drop enum',
  'add rpc',
  'drop rpc',
  'drop service',
] as const;

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const edit: fc.Arbitrary<Edit> = fc.record({
  what: one(
    ...EDITS,
    'add field',
    'add field',
    'add field',
    'retype field',
    'retype field',
    'add value',
    'add rpc',
  ),
  message: one(...MESSAGES),
  other: one(...MESSAGES),
  name: one(...FIELDS),
  newName: one(...FIELDS),
  type: one(...TYPES),
  cardinality: one<Cardinality>('singular', 'optional', 'repeated'),
  enumName: one(...ENUMS),
  value: one(...VALUES),
  newValue: one(...VALUES),
  service: one(...SERVICES),
  rpc: one('Get', 'List'),
  request: one(...MESSAGES),
  response: one(...MESSAGES),
  streaming: fc.boolean(),
});

export const history: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
    writer: one('generate', 'generate', 'part', 'merge'),
    service: one(...SERVICES),
    theirs: fc.array(edit, { maxLength: 4 }),
  }),
  { minLength: 2, maxLength: 12 },
);

export const NO_CODE: Code = { services: {}, messages: {}, enums: {} };

export function apply(code: Code, edits: readonly Edit[]): Code {
  return edits.reduce(applyOne, code);
}

function applyOne(code: Code, edit: Edit): Code {
  const {
    message: home,
    other,
    name,
    newName,
    type,
    cardinality,
    enumName,
    value,
    newValue,
    service,
    rpc,
  } = edit;
  const fields = code.messages[home] ?? [];
  const values = code.enums[enumName] ?? ['NONE'];
  const withFields = (list: readonly Field[]): Code => ({
    ...code,
    messages: { ...code.messages, [home]: list },
  });
  const withValues = (list: readonly string[]): Code => ({
    ...code,
    enums: { ...code.enums, [enumName]: list },
  });
  const without = <T extends object>(record: T, key: string): T =>
    Object.fromEntries(Object.entries(record).filter(([own]) => own !== key)) as T;
  switch (edit.what) {
    case 'add field':
      return withFields([...fields.filter((f) => f.name !== name), { name, type, cardinality }]);
    case 'drop field':
      return withFields(fields.filter((f) => f.name !== name));
    case 'rename field':
      return fields.some((f) => f.name === newName)
        ? code
        : withFields(fields.map((f) => (f.name === name ? { ...f, name: newName } : f)));
    case 'retype field':
      return withFields(fields.map((f) => (f.name === name ? { name, type, cardinality } : f)));
    case 'reorder fields':
      return withFields(fields.toReversed());
    case 'move field': {
      const moved = (code.messages[other] ?? []).find((f) => f.name === name);
      if (!moved || home === other || fields.some((f) => f.name === name)) return code;
      const left = (code.messages[other] ?? []).filter((f) => f !== moved);
      return { ...code, messages: { ...code.messages, [other]: left, [home]: [...fields, moved] } };
    }
    case 'drop message':
      return { ...code, messages: without(code.messages, home) };
    case 'add value':
      return values.includes(value) ? code : withValues([...values, value]);
    case 'drop value':
      return values.length === 1 ? code : withValues(values.filter((v) => v !== value));
    case 'rename value':
      return values.includes(newValue) ? code : withValues(values.map((v) => (v === value ? newValue : v)));
    case 'reorder values':
      return withValues([...values.slice(0, 1), ...values.slice(1).toReversed()]);
    case 'drop enum':
      return { ...code, enums: without(code.enums, enumName) };
    case 'add rpc': {
      const { request, response, streaming } = edit;
      const rpcs = { ...code.services[service], [rpc]: { request, response, streaming } };
      return { ...code, services: { ...code.services, [service]: rpcs } };
    }
    case 'drop rpc':
      return {
        ...code,
        services: { ...code.services, [service]: without(code.services[service] ?? {}, rpc) },
      };
    case 'drop service':
      return { ...code, services: without(code.services, service) };
  }
}

/** The code of both branches; where they differ about one declaration, ours holds. */
export function mergeCode(ours: Code, theirs: Code): Code {
  const both = <T>(
    a: Readonly<Record<string, readonly T[]>>,
    b: Readonly<Record<string, readonly T[]>>,
    nameOf: (item: T) => string,
  ) =>
    Object.fromEntries(
      Object.entries({ ...b, ...a }).map(([key]) => {
        const own = a[key] ?? [];
        const names = new Set(own.map(nameOf));
        return [key, [...own, ...(b[key] ?? []).filter((item) => !names.has(nameOf(item)))]];
      }),
    );
  return {
    services: { ...theirs.services, ...ours.services },
    messages: both(ours.messages, theirs.messages, ({ name }) => name),
    enums: both(ours.enums, theirs.enums, (value) => value),
  };
}

/** The descriptors of the code, or of what one of its services needs. A type that is not declared is a string. */
export function declare(code: Code, service?: string): FileDescriptor {
  const whole = file({
    services: Object.entries(code.services).map(([name, rpcs]) => declareService(code, name, rpcs)),
    messages: Object.entries(code.messages).map(([name, fields]) =>
      message(
        name,
        fields.map((f) => declareField(code, f)),
      ),
    ),
    enums: Object.entries(code.enums).map(([name, values]) => enumOf(name, [...values])),
  });
  return service === undefined ? whole : partOf(whole, service);
}

function declareService(code: Code, name: string, rpcs: Readonly<Record<string, Rpc>>): ServiceDescriptor {
  const known = (type: string) => (type in code.messages ? type : 'google.protobuf.Empty');
  const methods = Object.entries(rpcs).map(([rpc, { request, response, streaming }]) => ({
    kind: 'method' as const,
    name: rpc,
    request: known(request),
    response: known(response),
    requestStream: false,
    responseStream: streaming,
    comment: [],
  }));
  return { kind: 'service', name, methods, comment: [] };
}

function declareField(code: Code, { name, type, cardinality }: Field): FieldDescriptor {
  if (type.startsWith('map<')) return field(name, { kind: 'message', name: type });
  return field(name, declareType(code, type), { cardinality });
}

function declareType(code: Code, type: string): FieldType {
  if (type in code.messages) return { kind: 'message', name: type };
  if (type in code.enums) return { kind: 'enum', name: type };
  return { kind: 'scalar', scalar: SCALARS.find((scalar) => scalar === type) ?? 'string' };
}

function partOf(whole: FileDescriptor, service: string): FileDescriptor {
  const services = whole.services.filter(({ name }) => name === service);
  const used = new Set<string>();
  const visit = (name: string): void => {
    if (used.has(name)) return;
    used.add(name);
    const fields = whole.messages.find((shape) => shape.name === name)?.fields ?? [];
    for (const { type } of fields) if (type.kind !== 'scalar') visit(type.name);
  };
  for (const { request, response } of services.flatMap(({ methods }) => methods))
    for (const name of [request, response]) visit(name);
  return {
    ...whole,
    services,
    messages: whole.messages.filter(({ name }) => used.has(name)),
    enums: whole.enums.filter(({ name }) => used.has(name)),
  };
}

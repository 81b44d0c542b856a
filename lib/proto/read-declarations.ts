/** What protobufjs has parsed -> descriptors, for the ledger and for files of other people alike. */
import protobuf from 'protobufjs';
import {
  type EnumDescriptor,
  type EnumValueDescriptor,
  type FieldDescriptor,
  type FieldType,
  isScalar,
  type MessageDescriptor,
  type Options,
  type Reserved,
  type ServiceDescriptor,
} from './descriptors.js';
import { camelCase } from './names.js';
import type { Outline } from './outline.js';

/** What the walk gathers. */
export interface Found {
  readonly services: ServiceDescriptor[];
  readonly messages: MessageDescriptor[];
  readonly enums: EnumDescriptor[];
}

/** What a file says of a declaration beside what protobufjs knows of it. */
export interface Source {
  /** From the package on. */
  nameOf(declared: protobuf.ReflectionObject): string;
  optionsOf(declared: protobuf.ReflectionObject): { readonly options?: Options };
  optionsOfValue(declared: protobuf.Enum, value: string): { readonly options?: Options };
  /** What a type's name stands for, as our descriptors refer to it. */
  refer(name: string, scope: protobuf.Namespace): Reference;
  /** Whether a message around a single enum is nothing but its wrapper. */
  readonly wrappers: boolean;
}

/** A type that is no scalar. */
export type Reference = Exclude<FieldType, { readonly kind: 'scalar' }>;

export function optionsIn({ options }: Outline, owner: string): { options?: Options } {
  const written = options.get(owner);
  return written ? { options: written } : {};
}

/** Adds what is declared in a namespace, and inside of its messages. */
export function collect(home: protobuf.Namespace, found: Found, source: Source): void {
  for (const declared of home.nestedArray) {
    if (declared instanceof protobuf.Service) found.services.push(readService(declared, source));
    if (declared instanceof protobuf.Enum) found.enums.push(readEnum(declared, source, undefined));
    if (!(declared instanceof protobuf.Type)) continue;
    const wrapped = source.wrappers ? enumInWrapper(declared) : undefined;
    if (wrapped) {
      found.enums.push(readEnum(wrapped, source, declared));
    } else {
      found.messages.push(readMessage(declared, source));
      collect(declared, found, source);
    }
  }
}

function enumInWrapper(type: protobuf.Type): protobuf.Enum | undefined {
  const [only, ...others] = type.nestedArray;
  const empty = [type.fieldsArray, reservedOf(type), others, Object.keys(type.options ?? {})].every(
    (list) => list.length === 0,
  );
  return empty && only instanceof protobuf.Enum ? only : undefined;
}

function readService(service: protobuf.Service, source: Source): ServiceDescriptor {
  const methods = service.methodsArray.map((method) => ({
    kind: 'method' as const,
    name: method.name,
    ...source.optionsOf(method),
    request: source.refer(method.requestType, service).name,
    response: source.refer(method.responseType, service).name,
    requestStream: method.requestStream ?? false,
    responseStream: method.responseStream ?? false,
    comment: readComment(method.comment),
  }));
  const { name } = service;
  return {
    kind: 'service',
    name,
    methods,
    ...source.optionsOf(service),
    comment: readComment(service.comment),
  };
}

function readMessage(type: protobuf.Type, source: Source): MessageDescriptor {
  return {
    kind: 'message',
    name: source.nameOf(type),
    ...source.optionsOf(type),
    fields: type.fieldsArray.map((field) => readField(field, type, source)),
    reserved: readReserved(type),
    comment: readComment(type.comment),
  };
}

function readField(field: protobuf.Field, scope: protobuf.Type, source: Source): FieldDescriptor {
  const proto3Optional = field.options?.['proto3_optional'] === true;
  const oneof = proto3Optional ? undefined : field.partOf?.name;
  return {
    kind: 'field',
    name: field.name,
    property: camelCase(field.name),
    type: readType(field, scope, source),
    cardinality: field.repeated ? 'repeated' : proto3Optional || oneof ? 'optional' : 'singular',
    number: field.id,
    ...(oneof !== undefined && { oneof }),
    ...source.optionsOf(field),
    comment: readComment(field.comment),
  };
}

function readType(field: protobuf.Field, scope: protobuf.Type, source: Source): FieldType {
  const type = isScalar(field.type)
    ? ({ kind: 'scalar', scalar: field.type } as const)
    : source.refer(field.type, scope);
  if (!(field instanceof protobuf.MapField)) return type;
  const value = type.kind === 'scalar' ? type.scalar : type.name;
  return { kind: 'message', name: `map<${field.keyType}, ${value}>` };
}

function readEnum(
  declared: protobuf.Enum,
  source: Source,
  wrapper: protobuf.Type | undefined,
): EnumDescriptor {
  const values = Object.keys(declared.values).map((name) => readValue(declared, name, source));
  return {
    kind: 'enum',
    name: source.nameOf(declared),
    values,
    ...source.optionsOf(declared),
    reserved: readReserved(declared),
    comment: readComment(wrapper?.comment ?? declared.comment),
  };
}

function readValue(declared: protobuf.Enum, name: string, source: Source): EnumValueDescriptor {
  return {
    kind: 'enum-value',
    name,
    number: declared.values[name] as number,
    value: undefined,
    ...source.optionsOfValue(declared, name),
    comment: readComment(declared.comments[name]),
  };
}

function readReserved(declared: protobuf.Type | protobuf.Enum): Reserved {
  const ranges: [number, number][] = [];
  const names: string[] = [];
  for (const entry of reservedOf(declared)) {
    if (typeof entry === 'string') names.push(entry);
    else ranges.push([entry[0]!, entry[1]!]);
  }
  return { ranges, names };
}

/** The declared type promises a list; without a `reserved` line there is none. */
function reservedOf(declared: protobuf.Type | protobuf.Enum): readonly (number[] | string)[] {
  const list: (number[] | string)[] | undefined = declared.reserved;
  return list ?? [];
}

function readComment(comment: string | null | undefined): string[] {
  return typeof comment === 'string' ? comment.split('\n') : [];
}

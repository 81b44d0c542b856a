/**
 * Contract -> `google.protobuf.FileDescriptorProto`, the form in which protoc plugins, reflection and `buf` take a file.
 * Pure data: whoever needs the message itself makes it with `create()` of `@bufbuild/protobuf`.
 *
 * @see https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  ServiceDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import {
  type EnumDescriptor,
  type FieldDescriptor,
  type FileDescriptor,
  type MessageDescriptor,
  type MethodDescriptor,
  type ScalarType,
  type ServiceDescriptor,
} from './descriptors.js';
import {
  entryName,
  isOptional,
  mapOf,
  OPTIONAL,
  optionsOf,
  REPEATED,
  reservedOf,
  TYPES,
  type MapTypes,
} from './descriptor-parts.js';
import { importsOf } from './imports.js';
import { FILE, layOut, type Shape } from './layout.js';
import { jsonNameOf } from './options.js';
import { importPathOf } from './proto-file.js';

export type FileProto = MessageInitShape<typeof FileDescriptorProtoSchema>;
type MessageProto = MessageInitShape<typeof DescriptorProtoSchema>;
type EnumProto = MessageInitShape<typeof EnumDescriptorProtoSchema>;
type FieldProto = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type ServiceProto = MessageInitShape<typeof ServiceDescriptorProtoSchema>;

/** A comment, by the numbers of the fields that lead to what it is about. */
interface Location {
  readonly path: readonly number[];
  readonly comment: readonly string[];
}

/**
 * Describes a numbered file. Options and imports that somebody wrote by hand are left out, since nobody has the files
 * that they come from; `deprecated` and `json_name` are kept.
 *
 * @example
 * const proto = create(FileDescriptorProtoSchema, describeFile(file));
 */
export function describeFile(file: FileDescriptor): FileProto {
  const builder = new FileBuilder(file);
  const { messageType, enumType } = builder.shapes(FILE, [], { messages: 4, enums: 5 });
  const services = file.services.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const service = services.map((each, index) => builder.service(each, [6, index]));
  const { imports: _byHand, ...own } = file;
  return {
    name: importPathOf(file),
    package: file.package,
    syntax: 'proto3',
    dependency: importsOf(own).map((path) => path.slice(1, -1)),
    messageType,
    enumType,
    service,
    sourceCodeInfo: {
      location: builder.locations.map(({ path, comment }) => ({
        path: [...path],
        // Never read by anybody, but parts of a location may not be missing.
        span: [0, 0, 0],
        leadingComments: comment.map((line) => ` ${line}\n`).join(''),
      })),
    },
  };
}

class FileBuilder {
  readonly locations: Location[] = [];
  private readonly layout: ReturnType<typeof layOut>;
  private readonly declared: ReadonlyMap<string, Shape>;

  constructor(private readonly file: FileDescriptor) {
    this.layout = layOut(file);
    this.declared = new Map([...this.layout.values()].flat().map((shape) => [shape.name, shape]));
  }

  /** What stands in a message, or in the file itself. */
  shapes(home: string, path: readonly number[], fields: { messages: number; enums: number }) {
    const messageType: MessageProto[] = [];
    const enumType: EnumProto[] = [];
    for (const shape of this.layout.get(home) ?? []) {
      const [outer = '', ...inner] = shape.name.slice(home === FILE ? 0 : home.length + 1).split('.');
      const within = [...path, fields.messages, messageType.length];
      if (inner.length > 0) {
        this.comment(within, shape.comment);
        messageType.push(this.wrapper(outer, inner, shape, within));
      } else if (shape.kind === 'message') messageType.push(this.message(shape, outer, within));
      else enumType.push(this.enum(shape, outer, [...path, fields.enums, enumType.length]));
    }
    return { messageType, enumType };
  }

  service(service: ServiceDescriptor, path: readonly number[]): ServiceProto {
    this.comment(path, service.comment);
    const methods = service.methods.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const method = methods.map((rpc, index) => this.method(rpc, [...path, 2, index]));
    return { name: service.name, method, ...optionsOf(service) };
  }

  private method(rpc: MethodDescriptor, path: readonly number[]) {
    this.comment(path, rpc.comment);
    return {
      name: rpc.name,
      inputType: this.fullName(rpc.request),
      outputType: this.fullName(rpc.response),
      ...(rpc.requestStream && { clientStreaming: true }),
      ...(rpc.responseStream && { serverStreaming: true }),
      ...optionsOf(rpc),
    };
  }

  /** An enum may stand in a message that only wraps it: `Genre.Enum`. */
  private wrapper(
    name: string,
    inner: readonly string[],
    shape: Shape,
    path: readonly number[],
  ): MessageProto {
    const [next = '', ...rest] = inner;
    const below = [...path, 3, 0];
    if (rest.length > 0) return { name, nestedType: [this.wrapper(next, rest, shape, below)] };
    if (shape.kind === 'message')
      return { name, nestedType: [this.message({ ...shape, comment: [] }, next, below)] };
    return { name, enumType: [this.enum({ ...shape, comment: [] }, next, [...path, 4, 0])] };
  }

  private message(message: MessageDescriptor, name: string, path: readonly number[]): MessageProto {
    this.comment(path, message.comment);
    const { messageType, enumType } = this.shapes(message.name, path, { messages: 3, enums: 4 });
    const sorted = message.fields.toSorted((a, b) => a.number - b.number);
    const oneofs = [...new Set(sorted.flatMap(({ oneof }) => oneof ?? []))];
    // As protoc does: proto3 `optional` is a oneof of one, behind the real ones.
    const optional = sorted.filter((field) => isOptional(field)).map((field) => `_${field.name}`);
    const groups = [...oneofs, ...optional];
    const field = sorted.map((each, index) => {
      this.comment([...path, 2, index], each.comment);
      return this.field(each, groups, message.name, messageType);
    });
    return {
      name,
      field,
      nestedType: messageType,
      enumType,
      oneofDecl: groups.map((group) => ({ name: group })),
      ...reservedOf(message.reserved, 1),
      ...optionsOf(message),
    };
  }

  private field(
    field: FieldDescriptor,
    groups: readonly string[],
    home: string,
    nested: MessageProto[],
  ): FieldProto {
    const oneof = groups.indexOf(field.oneof ?? (isOptional(field) ? `_${field.name}` : ''));
    const map = field.type.kind === 'scalar' ? undefined : mapOf(field.type.name);
    if (map) nested.push(this.mapEntry(field, map));
    return {
      name: field.name,
      number: field.number,
      label: field.cardinality === 'repeated' || map ? REPEATED : OPTIONAL,
      jsonName: jsonNameOf(field),
      ...(map
        ? { type: TYPES.message, typeName: `${this.fullName(home)}.${entryName(field)}` }
        : this.typeOf(field.type)),
      ...(oneof >= 0 && { oneofIndex: oneof }),
      ...(isOptional(field) && { proto3Optional: true }),
      ...optionsOf(field),
    };
  }

  private mapEntry(field: FieldDescriptor, { key, value }: MapTypes): MessageProto {
    return {
      name: entryName(field),
      field: [
        { name: 'key', number: 1, label: OPTIONAL, jsonName: 'key', type: TYPES[key] },
        { name: 'value', number: 2, label: OPTIONAL, jsonName: 'value', ...this.typeNamed(value) },
      ],
      options: { mapEntry: true },
    };
  }

  private enum(descriptor: EnumDescriptor, name: string, path: readonly number[]): EnumProto {
    this.comment(path, descriptor.comment);
    const values = descriptor.values.toSorted((a, b) => (a.number >>> 0) - (b.number >>> 0));
    const value = values.map((each, index) => {
      this.comment([...path, 2, index], each.comment);
      return Object.assign({ name: each.name, number: each.number }, optionsOf(each));
    });
    return { name, value, ...reservedOf(descriptor.reserved, 0), ...optionsOf(descriptor) };
  }

  private typeOf(type: FieldDescriptor['type']) {
    if (type.kind === 'scalar') return { type: TYPES[type.scalar] };
    return { type: TYPES[type.kind], typeName: this.fullName(type.name) };
  }

  /** The type of a map's values, of which only the name is known. */
  private typeNamed(name: string) {
    if (Object.hasOwn(TYPES, name)) return { type: TYPES[name as ScalarType] };
    const external = this.file.externals?.find((each) => each.name === name);
    const kind = this.declared.get(name)?.kind ?? external?.kind ?? 'message';
    return { type: TYPES[kind], typeName: this.fullName(name) };
  }

  private fullName(name: string): string {
    if (!this.declared.has(name)) return `.${name}`;
    return this.file.package === '' ? `.${name}` : `.${this.file.package}.${name}`;
  }

  private comment(path: readonly number[], comment: readonly string[]): void {
    if (comment.length > 0) this.locations.push({ path, comment });
  }
}

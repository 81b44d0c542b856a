/**
 * Messages as TypeScript types, exactly as `@grpc/proto-loader` makes and takes them with the options of
 * `LOADER_OPTIONS`: the types tell the truth only together with these.
 */
import {
  isWellKnown,
  type EnumDescriptor,
  type FieldDescriptor,
  type FileDescriptor,
  type MessageDescriptor,
  type ScalarType,
} from '../../proto/descriptors.js';
import { valueTypeIn } from '../../proto/imports.js';

export const LOADER_OPTIONS = [
  'keepCase: false',
  'longs: String',
  'enums: String',
  'defaults: true',
  'arrays: true',
  'oneofs: false',
];

const NUMBERS: ReadonlySet<string> = new Set(
  'double float int32 uint32 sint32 fixed32 sfixed32'.split(' ') satisfies string[],
);

/** Knows how the types of one file are written in its client. */
export class NestTypes {
  private readonly declared: ReadonlySet<string>;

  /**
   * @param requests full names of the messages that are only sent; of all others every field has a value
   * @param aliasOf the name of a type of another file, by the alias of its import
   */
  constructor(
    private readonly file: FileDescriptor,
    private readonly requests: ReadonlySet<string>,
    private readonly aliasOf: (name: string) => string,
  ) {
    this.declared = new Set([...file.messages, ...file.enums].map(({ name }) => name));
  }

  /** `Genre.Enum` -> `Genre_Enum`; types of other files are imported as a whole. */
  nameOf(type: string): string {
    if (this.declared.has(type)) return typeNameOf(type);
    if (isGoogles(type)) return `google.${type.slice('google.protobuf.'.length)}`;
    return this.aliasOf(type);
  }

  enum({ name, values, comment }: EnumDescriptor): string {
    const names = values.map((value) => `'${value.name}'`);
    const members = values.flatMap((value) =>
      value.comment.length > 0 ? `- \`${value.name}\`: ${value.comment.join(' ')}` : [],
    );
    const lines = [...comment, ...members, 'A number is a value that this file does not know yet.'];
    return `${docOf(lines)}export type ${this.nameOf(name)} = ${[...names, 'number'].join(' | ')};\n`;
  }

  message(message: MessageDescriptor): string {
    const answer = !this.requests.has(`${this.file.package}.${message.name}`);
    const fields = message.fields.map((field) => this.field(field, answer));
    return `${docOf(message.comment)}export interface ${this.nameOf(message.name)} {\n${fields.join('')}}\n`;
  }

  private field(field: FieldDescriptor, answer: boolean): string {
    const { optional, type } = this.typeOf(field, answer);
    return `${docOf(field.comment, '  ')}  ${propertyOf(field.name)}${optional ? '?' : ''}: ${type};\n`;
  }

  private typeOf({ type, cardinality, oneof }: FieldDescriptor, answer: boolean) {
    const name = type.kind === 'scalar' ? type.scalar : type.name;
    const value = this.valueType(valueTypeIn(name), answer);
    if (valueTypeIn(name) !== name) return { optional: !answer, type: `Record<string, ${value}>` };
    if (cardinality === 'repeated')
      return { optional: !answer, type: answer ? arrayOf(value) : `readonly ${arrayOf(value)}` };
    if (cardinality === 'optional' || oneof !== undefined) return { optional: true, type: value };
    if (type.kind !== 'message') return { optional: false, type: value };
    return answer ? { optional: false, type: `${value} | null` } : { optional: true, type: value };
  }

  private valueType(name: string, answer: boolean): string {
    if (NUMBERS.has(name)) return 'number';
    if (name === 'bool') return 'boolean';
    if (name === 'string') return 'string';
    if (name === 'bytes') return answer ? 'Buffer' : 'Uint8Array';
    if (isWide(name)) return answer ? 'string' : 'string | number';
    return this.nameOf(name);
  }
}

/** What a client file says of other things than messages. */
const TAKEN: ReadonlySet<string> = new Set(
  'Call CallOptions Metadata Observable Transport GrpcOptions Omit Record Buffer Uint8Array'.split(' '),
);

/** `Genre.Enum` -> `Genre_Enum`. */
export function typeNameOf(name: string): string {
  const own = name.replaceAll('.', '_');
  return TAKEN.has(own) ? `${own}_` : own;
}

/** Whether a type stands in the file of Google's types. */
export function isGoogles(type: string): boolean {
  return isWellKnown(type) || type === 'google.protobuf.FieldMask' || type === 'google.protobuf.NullValue';
}

/** A comment of the `.proto` as one of TypeScript. */
export function docOf(comment: readonly string[], indent = ''): string {
  const lines = comment.flatMap((line) => line.split('\n')).map((line) => line.replaceAll('*/', '*\\/'));
  if (lines.length === 0) return '';
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */\n`].join(
    '\n',
  );
}

/** As protobufjs names properties, which is not quite as JSON names them: `address_2` stays. */
function propertyOf(name: string): string {
  return (
    name.charAt(0) + name.slice(1).replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
  );
}

function isWide(name: string): name is ScalarType {
  return /^(u|s)?int64$|^s?fixed64$/.test(name);
}

function arrayOf(type: string): string {
  return type.includes(' ') ? `(${type})[]` : `${type}[]`;
}

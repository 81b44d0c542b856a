/**
 * The contract as plain readonly data. Everything that leaves the library in some form, the `.proto` text,
 * the codecs, the routes, is computed from these values; nothing here knows TypeORM, Nest or grpc-js.
 */

/** Scalar types of proto3 that the library writes. See https://protobuf.dev/programming-guides/proto3/#scalar */
export const SCALAR_TYPES = [
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
] as const;

export type ScalarType = (typeof SCALAR_TYPES)[number];

const SCALARS: ReadonlySet<string> = new Set(SCALAR_TYPES);

/** Messages of Google that need no declaration here; their files are imported. */
export const WELL_KNOWN_FILES = {
  'google.protobuf.Any': 'google/protobuf/any.proto',
  'google.protobuf.BoolValue': 'google/protobuf/wrappers.proto',
  'google.protobuf.BytesValue': 'google/protobuf/wrappers.proto',
  'google.protobuf.DoubleValue': 'google/protobuf/wrappers.proto',
  'google.protobuf.Duration': 'google/protobuf/duration.proto',
  'google.protobuf.Empty': 'google/protobuf/empty.proto',
  'google.protobuf.FloatValue': 'google/protobuf/wrappers.proto',
  'google.protobuf.Int32Value': 'google/protobuf/wrappers.proto',
  'google.protobuf.Int64Value': 'google/protobuf/wrappers.proto',
  'google.protobuf.ListValue': 'google/protobuf/struct.proto',
  'google.protobuf.StringValue': 'google/protobuf/wrappers.proto',
  'google.protobuf.Struct': 'google/protobuf/struct.proto',
  'google.protobuf.Timestamp': 'google/protobuf/timestamp.proto',
  'google.protobuf.UInt32Value': 'google/protobuf/wrappers.proto',
  'google.protobuf.UInt64Value': 'google/protobuf/wrappers.proto',
  'google.protobuf.Value': 'google/protobuf/struct.proto',
} as const;

/** Messages that hold one value, so that its absence can be told from its zero. */
export const WRAPPERS = {
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.BytesValue': 'bytes',
  'google.protobuf.DoubleValue': 'double',
  'google.protobuf.FloatValue': 'float',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.Int64Value': 'int64',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.UInt32Value': 'uint32',
  'google.protobuf.UInt64Value': 'uint64',
} as const satisfies Partial<Readonly<Record<WellKnownName, ScalarType>>>;

export type WrapperName = keyof typeof WRAPPERS;

/** A message of Google that needs no declaration. */
export type WellKnownName = keyof typeof WELL_KNOWN_FILES;

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarType }
  /** `name` is a message of the same file, a well-known one, the full name of an `External`, or `map<string, int32>`. */
  | { readonly kind: 'message'; readonly name: string }
  /** `name` as written in the field, `Genre.Enum` for an enum wrapped in a message. */
  | { readonly kind: 'enum'; readonly name: string };

/** `singular` has no presence for scalars, `optional` has (proto3 `optional`). */
export type Cardinality = 'singular' | 'optional' | 'repeated';

/** What somebody wrote into the file by hand, as it stands there: `deprecated = true`. */
export type Options = readonly string[];

export interface FieldDescriptor {
  readonly kind: 'field';
  /** Name on the wire contract, snake_case. */
  readonly name: string;
  /** Property of the JavaScript message, camelCase. */
  readonly property: string;
  readonly type: FieldType;
  readonly cardinality: Cardinality;
  /** 0 until the ledger has given a number. */
  readonly number: number;
  /** The `oneof` it belongs to, of which a message holds one member at most. */
  readonly oneof?: string;
  /** Property of the JavaScript message that holds the member of the `oneof`: `{ case: 'email', value: '…' }`. */
  readonly union?: string;
  readonly options?: Options;
  readonly comment: readonly string[];
}

/** What a ledger remembers of removed fields or values: the ranges are inclusive on both sides. */
export interface Reserved {
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly names: readonly string[];
}

export interface MessageDescriptor {
  readonly kind: 'message';
  readonly name: string;
  readonly fields: readonly FieldDescriptor[];
  readonly reserved: Reserved;
  readonly options?: Options;
  readonly comment: readonly string[];
}

export interface EnumValueDescriptor {
  readonly kind: 'enum-value';
  readonly name: string;
  /** -1 until the ledger has given a number. */
  readonly number: number;
  /** What the JavaScript message holds for this value; undefined for the unspecified one. */
  readonly value: string | number | undefined;
  readonly options?: Options;
  readonly comment: readonly string[];
}

export interface EnumDescriptor {
  readonly kind: 'enum';
  /** Name as fields refer to it: `Genre.Enum` when wrapped in a message `Genre`, else `Genre`. */
  readonly name: string;
  readonly values: readonly EnumValueDescriptor[];
  /** Of a foreign file: JavaScript holds its names, and the number of a value that has none. */
  readonly open?: true;
  readonly reserved: Reserved;
  readonly options?: Options;
  readonly comment: readonly string[];
}

export interface MethodDescriptor {
  readonly kind: 'method';
  /** The rpc name, `PartialUpdate`. */
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly options?: Options;
  readonly comment: readonly string[];
}

export interface ServiceDescriptor {
  readonly kind: 'service';
  /** The proto service, `PostController`. */
  readonly name: string;
  readonly methods: readonly MethodDescriptor[];
  readonly options?: Options;
  readonly comment: readonly string[];
}

/** A declaration of another file. */
export interface External {
  /** Its full name, `common.v1.MoneyResponse`. */
  readonly name: string;
  /** As it is imported, `common/v1/common.proto`. */
  readonly file: string;
  /** Default: a message. */
  readonly kind?: 'enum';
}

export interface FileDescriptor {
  readonly kind: 'file';
  /** `shop.v1` */
  readonly package: string;
  /** As others import it, `google/type/money.proto`. Default: what follows from the package. */
  readonly path?: string;
  /** Where the types are that other files declare; those of Google's own files need no entry. */
  readonly externals?: readonly External[];
  /** What somebody imports by hand, as it stands there: `"common/money.proto"`, `public "all.proto"`. */
  readonly imports?: readonly string[];
  readonly options?: Options;
  readonly services: readonly ServiceDescriptor[];
  readonly messages: readonly MessageDescriptor[];
  /** In order of discovery: the reference writes global enums so, after all messages. */
  readonly enums: readonly EnumDescriptor[];
}

export const NOTHING_RESERVED: Reserved = { ranges: [], names: [] };

/** The path of an rpc on the wire: `/quickstart.PostController/List`. */
export function pathOf(file: FileDescriptor, service: ServiceDescriptor, method: MethodDescriptor): string {
  return `/${file.package}.${service.name}/${method.name}`;
}

export function isWellKnown(name: string): name is WellKnownName {
  return Object.hasOwn(WELL_KNOWN_FILES, name);
}

export function isWrapper(name: string): name is WrapperName {
  return Object.hasOwn(WRAPPERS, name);
}

/** The types of a map, where a field's type is one. */
export function mapTypesOf(name: string): { readonly key: string; readonly value: string } | undefined {
  const [, key, value] = /^map<(\w+), (.+)>$/.exec(name) ?? [];
  return key === undefined || value === undefined ? undefined : { key, value };
}

export function isScalar(type: string): type is ScalarType {
  return SCALARS.has(type);
}

/** The messages that a dotted name stands in, from the inside out: `A.B.Kind` -> `A.B`, `A`. */
export function homesOf(name: string): string[] {
  const dot = name.lastIndexOf('.');
  return dot === -1 ? [] : [name.slice(0, dot), ...homesOf(name.slice(0, dot))];
}

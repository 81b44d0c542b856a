/**
 * The one table that turns column types into proto types and says how a value crosses between the model, the
 * JavaScript message and the wire.
 */
import 'reflect-metadata';
import type { EntityMetadata } from 'typeorm';
import { SCALAR_TYPES, type ScalarType } from '../proto/descriptors.js';

export type Column = EntityMetadata['columns'][number];
export type Relation = EntityMetadata['relations'][number];

/** Which proto types a declaration turns into; see the option `conventions`. */
export type ConventionsName = 'socio' | 'dsg';

/** How a value behaves, whatever the database calls its column. */
export type ValueKind =
  | 'integer'
  | 'bigint'
  | 'float'
  | 'decimal'
  | 'boolean'
  | 'string'
  | 'uuid'
  | 'date'
  | 'time'
  | 'datetime'
  | 'json'
  | 'bytes';

interface ColumnType {
  readonly kind: ValueKind;
  readonly socio: ScalarType | 'google.protobuf.Struct';
  readonly dsg: ScalarType | 'google.protobuf.Struct';
}

// prettier-ignore
const TABLE: readonly (readonly [columns: string, ColumnType])[] = [
  ['int integer smallint tinyint mediumint int2 int4 serial year', { kind: 'integer', socio: 'int32', dsg: 'int32' }],
  ['bigint int8 bigserial',                                       { kind: 'bigint', socio: 'int64', dsg: 'int64' }],
  ['float float4 float8 double real',                             { kind: 'float', socio: 'double', dsg: 'float' }],
  ['decimal dec numeric money',                                   { kind: 'decimal', socio: 'string', dsg: 'double' }],
  ['boolean bool',                                                { kind: 'boolean', socio: 'bool', dsg: 'bool' }],
  ['varchar char character nchar nvarchar text tinytext mediumtext longtext citext inet cidr macaddr xml', { kind: 'string', socio: 'string', dsg: 'string' }],
  ['uuid',                                                        { kind: 'uuid', socio: 'string', dsg: 'string' }],
  ['date',                                                        { kind: 'date', socio: 'string', dsg: 'string' }],
  ['time timetz',                                                 { kind: 'time', socio: 'string', dsg: 'string' }],
  ['datetime timestamp timestamptz',                              { kind: 'datetime', socio: 'string', dsg: 'string' }],
  ['json jsonb simple-json',                                      { kind: 'json', socio: 'google.protobuf.Struct', dsg: 'google.protobuf.Struct' }],
  ['blob bytea binary varbinary tinyblob mediumblob longblob',    { kind: 'bytes', socio: 'bytes', dsg: 'bytes' }],
];

/** What PostgreSQL writes in several words, and the constructors that stand for a type. */
const SYNONYMS: Readonly<Record<string, string>> = {
  'double precision': 'double',
  'character varying': 'varchar',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  Number: 'integer',
  String: 'varchar',
  Boolean: 'boolean',
  Date: 'datetime',
  Buffer: 'blob',
  Uint8Array: 'blob',
};

const BY_COLUMN = new Map(TABLE.flatMap(([columns, type]) => columns.split(' ').map((name) => [name, type])));

export interface ProtoValueType {
  readonly kind: ValueKind;
  readonly proto: ScalarType | 'google.protobuf.Struct';
}

/** The name that a column's declaration gave: `varchar` for `String`. */
export function columnTypeName(column: Column): string {
  const type = (column.type as Column['type'] | undefined) ?? designTypeOf(column);
  const name = typeof type === 'function' ? (type as { name: string }).name : type;
  return SYNONYMS[name] ?? name;
}

/** Columns of views have no type of their own; their property has one. */
function designTypeOf({ target, propertyName }: Column): Column['type'] {
  const prototype: unknown = typeof target === 'function' ? target.prototype : undefined;
  return (prototype && Reflect.getMetadata('design:type', prototype, propertyName)) ?? 'unknown';
}

/** Whether a column holds several values. */
export function isList(column: Column): boolean {
  return column.isArray || columnTypeName(column) === 'simple-array';
}

/** The proto type of a column, or undefined when the table does not know it. */
export function findColumnType(column: Column, conventions: ConventionsName): ProtoValueType | undefined {
  if (column.generationStrategy === 'uuid') return { kind: 'uuid', proto: 'string' };
  const type = BY_COLUMN.get(columnTypeName(column));
  if (!type) return undefined;
  const unsigned = column.unsigned && type.kind === 'integer' && conventions === 'socio';
  return { kind: type.kind, proto: unsigned ? 'int64' : type[conventions] };
}

/** The value kind of a proto type that was written out in a declaration. */
export function kindOfProto(proto: ScalarType | 'google.protobuf.Struct'): ValueKind {
  if (proto === 'google.protobuf.Struct') return 'json';
  if (proto === 'bool') return 'boolean';
  if (proto === 'string' || proto === 'bytes') return proto;
  if (proto === 'double' || proto === 'float') return 'float';
  return proto.endsWith('64') ? 'bigint' : 'integer';
}

/** The proto type of a property by its TypeScript type, for fields that no column describes. */
export function findDesignType(
  designType: unknown,
  conventions: ConventionsName,
): ProtoValueType | undefined {
  switch (designType) {
    case String:
      return { kind: 'string', proto: 'string' };
    case Number:
      return { kind: 'float', proto: conventions === 'dsg' ? 'float' : 'double' };
    case Boolean:
      return { kind: 'boolean', proto: 'bool' };
    case Date:
      return { kind: 'datetime', proto: 'string' };
    case Buffer:
    case Uint8Array:
      return { kind: 'bytes', proto: 'bytes' };
    case BigInt:
      return { kind: 'bigint', proto: 'int64' };
    default:
      return undefined;
  }
}

export function isScalarType(name: string): name is ScalarType {
  return (SCALAR_TYPES as readonly string[]).includes(name);
}

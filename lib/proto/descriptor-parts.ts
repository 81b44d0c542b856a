/** How the descriptors of protobuf itself write what ours write in words. */
import { type FieldDescriptor, NOTHING_RESERVED, type Reserved, type ScalarType } from './descriptors.js';
import { valueTypeIn } from './imports.js';
import { pascalCase } from './names.js';
import { optionOf } from './options.js';

/** Numbers of `FieldDescriptorProto.Type`. */
export const TYPES: Readonly<Record<ScalarType | 'message' | 'enum', number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};

export const OPTIONAL = 1;
export const REPEATED = 3;

export interface MapTypes {
  readonly key: ScalarType;
  readonly value: string;
}

export function mapOf(name: string): MapTypes | undefined {
  const value = valueTypeIn(name);
  if (value === name) return undefined;
  return { key: name.slice(4, name.indexOf(',')) as ScalarType, value };
}

/** As protoc names it: `price_list` -> `PriceListEntry`. */
export function entryName(field: FieldDescriptor): string {
  return `${pascalCase(field.name)}Entry`;
}

/** Presence of its own; a member of a oneof has that of the oneof. */
export function isOptional({ cardinality, oneof }: FieldDescriptor): boolean {
  return cardinality === 'optional' && oneof === undefined;
}

/** Ranges of messages end before their `end`, those of enums with it. */
export function reservedOf({ ranges, names }: Reserved = NOTHING_RESERVED, behind: 0 | 1) {
  return {
    reservedRange: ranges.map(([start, end]) => ({ start, end: end + behind })),
    reservedName: [...names],
  };
}

export function optionsOf(declared: { readonly options?: readonly string[] }) {
  const options = {
    ...(optionOf(declared, 'deprecated') === 'true' && { deprecated: true }),
    ...(optionOf(declared, 'allow_alias') === 'true' && { allowAlias: true }),
  };
  return Object.keys(options).length > 0 ? { options } : {};
}

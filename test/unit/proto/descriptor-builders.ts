import type {
  Cardinality,
  EnumDescriptor,
  FieldDescriptor,
  FieldType,
  FileDescriptor,
  MessageDescriptor,
  ScalarType,
} from '../../../lib/proto/descriptors.js';

/** Short ways to write descriptors in specs; numbers are 0 or -1, as before the ledger, unless given. */
export function field(
  name: string,
  type: ScalarType | FieldType = 'string',
  more: { number?: number; cardinality?: Cardinality; comment?: string[] } = {},
): FieldDescriptor {
  const fieldType: FieldType = typeof type === 'string' ? { kind: 'scalar', scalar: type } : type;
  return {
    kind: 'field',
    name,
    property: name,
    type: fieldType,
    cardinality: 'singular',
    number: 0,
    comment: [],
    ...more,
  };
}

export function message(
  name: string,
  fields: FieldDescriptor[] = [],
  more: Partial<MessageDescriptor> = {},
): MessageDescriptor {
  return { kind: 'message', name, fields, reserved: { ranges: [], names: [] }, comment: [], ...more };
}

export function enumOf(
  name: string,
  values: Record<string, number> | string[],
  more: Partial<EnumDescriptor> = {},
): EnumDescriptor {
  const numbers = Array.isArray(values)
    ? values.map((value) => [value, -1] as const)
    : Object.entries(values);
  return {
    kind: 'enum',
    name,
    values: numbers.map(([value, number]) => ({
      kind: 'enum-value',
      name: value,
      number,
      value: undefined,
      comment: [],
    })),
    reserved: { ranges: [], names: [] },
    comment: [],
    ...more,
  };
}

export function file(parts: Partial<FileDescriptor> = {}): FileDescriptor {
  return { kind: 'file', package: 'shop.v1', services: [], messages: [], enums: [], ...parts };
}

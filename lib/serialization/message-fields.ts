/** Which fields of a serializer a message has, and how. */
import type { FieldDescriptor } from '../proto/descriptors.js';
import type { Direction } from '../proto/names.js';
import type { ShapeField } from './shape.js';

/** The property and field that name what a partial update changes. */
export const PARTIAL_UPDATE_FIELDS = {
  property: '_partialUpdateFields',
  name: '_partial_update_fields',
} as const;

/** Read-only fields are absent from requests and write-only ones from answers; the key is in both. */
export function isInMessage(field: ShapeField, direction: Direction): boolean {
  return direction === 'Request' ? !field.readOnly || field.key : !field.writeOnly;
}

export function cardinalityOf(field: ShapeField): FieldDescriptor['cardinality'] {
  if (field.repeated) return 'repeated';
  if (field.type.kind === 'map') return 'singular';
  return field.nullable || !field.required || field.default !== undefined ? 'optional' : 'singular';
}

export function partialUpdateField(): FieldDescriptor {
  return {
    kind: 'field',
    ...PARTIAL_UPDATE_FIELDS,
    type: { kind: 'scalar', scalar: 'string' },
    cardinality: 'repeated',
    number: 0,
    comment: [],
  };
}

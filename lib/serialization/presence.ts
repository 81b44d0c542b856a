/**
 * Which fields a request speaks about, and what the others become. The rules are the reference's (DSG
 * `proto_serializers.py`), decided by the action instead of being guessed from the message.
 */
import { UnknownEnumValue } from './codec/index.js';
import type { ShapeField } from './shape.js';

/** What a write does with fields that were left out. */
export type WriteKind = 'create' | 'update' | 'partial-update';

export type Sent = { readonly value: unknown } | undefined;

/** The key of an existing row is never written; one that is not generated is given on create. */
export function isWritten(field: ShapeField, kind: WriteKind): boolean {
  if (field.key) return kind === 'create';
  if (field.source.kind !== 'column') return true;
  return kind === 'create' ? field.source.column.isInsert : field.source.column.isUpdate;
}

/**
 * The value a field has in a request, or undefined when the request says nothing about it: then a new row takes
 * the model's default and an existing row keeps what it has.
 *
 * @param listed names in `_partial_update_fields`; undefined unless the update is partial
 */
export function sentValue(
  field: ShapeField,
  message: Readonly<Record<string, unknown>>,
  kind: WriteKind,
  listed: ReadonlySet<string> | undefined,
): Sent {
  if (listed && !listed.has(field.name) && !listed.has(field.property)) return undefined;
  const standIn = field.default === undefined ? undefined : { value: defaultOf(field) };
  const value = Object.hasOwn(message, field.property) ? message[field.property] : undefined;
  // Only an enum can be sent as null: its unspecified value. On create that asks for the default.
  if (value === null) return kind === 'create' && field.modelDefault ? standIn : (standIn ?? { value });
  if (value !== undefined) return { value };
  if (listed) return field.nullable ? { value: null } : (standIn ?? { value: zeroOf(field) });
  if (field.modelDefault && field.nullable) return kind === 'create' ? standIn : (standIn ?? { value: null });
  if (standIn) return standIn;
  return field.nullable || field.required ? { value: null } : undefined;
}

/** Names under which `_partial_update_fields` may list a field: as on the wire, as in TypeScript. */
export function namesOf(field: ShapeField): string[] {
  return [field.name, field.property];
}

function defaultOf(field: ShapeField): unknown {
  return typeof field.default === 'function' ? (field.default as () => unknown)() : field.default;
}

/** What proto3 reads for a field that was not sent. */
function zeroOf({ type, repeated, required }: ShapeField): unknown {
  if (repeated) return [];
  if (type.kind === 'enum') return required ? null : new UnknownEnumValue(0);
  if (type.kind === 'map') return {};
  if (type.kind !== 'scalar' || type.wrapper) return null;
  if (type.scalar === 'string') return '';
  if (type.scalar === 'bool') return false;
  if (type.scalar === 'bytes') return Buffer.alloc(0);
  return type.scalar.endsWith('64') ? '0' : 0;
}

/**
 * Request messages -> values for the model: which fields count as sent, what the others become, and what is
 * wrong with them. The rules for presence are those of the reference (DSG `proto_serializers.py`), decided here
 * by the action and not by guessing from the message.
 */
import type { ConventionsName } from './column-types.js';
import { UnknownEnumValue } from './codec/enum-values.js';
import { PARTIAL_UPDATE_FIELDS } from './messages.js';
import type { SerializerShape, ShapeField } from './shape.js';
import { fromMessageValue, InvalidValue, type FromMessage } from './values.js';

/** What a write does with fields that were left out. */
export type WriteKind = 'create' | 'update' | 'partial-update';

export interface InputError {
  readonly message: string;
  readonly code: string;
}

export type InputErrors = Record<string, InputError[]>;

export interface Input {
  /** By model property, ready for TypeORM; relations as `{ key }` objects. */
  readonly values: Record<string, unknown>;
  /** By wire name; empty when all is well. */
  readonly errors: InputErrors;
}

type Sent = { readonly value: unknown } | undefined;

interface FieldReader {
  readonly field: ShapeField;
  readonly convert: FromMessage;
}

export class InputReader {
  private readonly readers: readonly FieldReader[];

  /** @param conventions `socio` refuses names that cannot be updated, `dsg` ignores them as the reference does */
  constructor(
    private readonly shape: SerializerShape,
    private readonly conventions: ConventionsName,
  ) {
    this.readers = shape.fields
      .filter((field) => !field.readOnly && field.source.kind !== 'nested')
      .map((field) => ({ field, convert: fromMessageValue(field.type) }));
  }

  /**
   * @param message as decoded: `optional` fields that were not sent are no own properties
   * @returns values and errors; the caller refuses the call when there is any error
   */
  read(message: Readonly<Record<string, unknown>>, kind: WriteKind): Input {
    const listed = kind === 'partial-update' ? listedFields(message) : undefined;
    const values: Record<string, unknown> = {};
    const errors: InputErrors = {};
    for (const { field, convert } of this.readers) {
      if (!isWritten(field, kind)) continue;
      const sent = sentValue(field, message, kind, listed);
      if (sent) this.assign(field, convert, sent.value, values, errors);
    }
    for (const name of this.unknownNames(listed))
      (errors[PARTIAL_UPDATE_FIELDS.name] ??= []).push({
        message: `"${name.slice(0, 30)}" cannot be updated. Expected some of: ${this.updatable().join(', ')}.`,
        code: 'unknown_field',
      });
    return { values, errors };
  }

  private assign(
    field: ShapeField,
    convert: FromMessage,
    value: unknown,
    values: Record<string, unknown>,
    errors: InputErrors,
  ): void {
    const converted =
      field.repeated && Array.isArray(value)
        ? value.map((item) => convertOne(field, convert, item))
        : convertOne(field, convert, value);
    const invalid = (Array.isArray(converted) ? converted : [converted]).filter(
      (item) => item instanceof InvalidValue,
    );
    if (invalid.length > 0) errors[field.name] = invalid.map(({ message, code }) => ({ message, code }));
    else setValue(field, converted, values);
  }

  private unknownNames(listed: ReadonlySet<string> | undefined): string[] {
    if (!listed || this.conventions === 'dsg') return [];
    const known = new Set(this.shape.fields.filter((field) => !field.readOnly || field.key).flatMap(namesOf));
    return [...listed].filter((name) => !known.has(name));
  }

  private updatable(): string[] {
    return this.readers
      .filter(({ field }) => isWritten(field, 'partial-update'))
      .map(({ field }) => field.name);
  }
}

function convertOne(field: ShapeField, convert: FromMessage, value: unknown): unknown {
  if (value === null) return field.nullable ? null : new InvalidValue('This field may not be null.', 'null');
  if (value instanceof UnknownEnumValue)
    return new InvalidValue(`"${value.number}" is not a valid choice.`, 'invalid_choice');
  if (value === '' && !field.allowBlank && field.type.kind === 'scalar' && field.type.value === 'string')
    return new InvalidValue('This field may not be blank.', 'blank');
  if (field.maxLength !== undefined && typeof value === 'string' && [...value].length > field.maxLength)
    return new InvalidValue(
      `Ensure this field has no more than ${field.maxLength} characters.`,
      'max_length',
    );
  return convert(value);
}

/** The key of an existing row is never written; one that is not generated is given on create. */
function isWritten(field: ShapeField, kind: WriteKind): boolean {
  if (field.key) return kind === 'create';
  if (field.source.kind !== 'column') return true;
  return kind === 'create' ? field.source.column.isInsert : field.source.column.isUpdate;
}

/**
 * The value a field has in a request, or undefined when the request says nothing about it: then a new row takes
 * the model's default and an existing row keeps what it has.
 */
function sentValue(
  field: ShapeField,
  message: Readonly<Record<string, unknown>>,
  kind: WriteKind,
  listed: ReadonlySet<string> | undefined,
): Sent {
  if (listed && !namesOf(field).some((name) => listed.has(name))) return undefined;
  if (Object.hasOwn(message, field.property) && message[field.property] !== undefined)
    return { value: message[field.property] };
  const standIn = field.default === undefined ? undefined : { value: defaultOf(field) };
  if (listed) return field.nullable ? { value: null } : (standIn ?? { value: zeroOf(field) });
  if (field.modelDefault && field.nullable) return kind === 'create' ? standIn : (standIn ?? { value: null });
  if (standIn) return standIn;
  return field.nullable || field.required ? { value: null } : undefined;
}

function defaultOf(field: ShapeField): unknown {
  return typeof field.default === 'function' ? (field.default as () => unknown)() : field.default;
}

/** What proto3 reads for a field that was not sent. */
function zeroOf({ type, repeated }: ShapeField): unknown {
  if (repeated) return [];
  if (type.kind !== 'scalar') return null;
  if (type.scalar === 'string') return '';
  if (type.scalar === 'bool') return false;
  if (type.scalar === 'bytes') return Buffer.alloc(0);
  return type.scalar.endsWith('64') ? '0' : 0;
}

function listedFields(message: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const names = message[PARTIAL_UPDATE_FIELDS.property];
  return new Set(Array.isArray(names) ? names.map(String) : []);
}

function namesOf(field: ShapeField): string[] {
  return [field.name, field.property];
}

/** Relations are written by reference: an object that holds the key and nothing else. */
function setValue(field: ShapeField, value: unknown, values: Record<string, unknown>): void {
  const { source } = field;
  switch (source.kind) {
    case 'column':
      values[source.column.propertyName] = value;
      return;
    case 'key':
      values[source.relation.propertyName] = value === null ? null : { [source.column.propertyName]: value };
      return;
    case 'keys':
      values[source.relation.propertyName] = (value as unknown[]).map((key) => ({
        [source.column.propertyName]: key,
      }));
      return;
    default:
      values[field.property] = value;
  }
}

/**
 * Request messages -> values for the model, with everything that is wrong with them. What needs the database
 * (do related objects exist?) and what the user's serializer adds comes afterwards.
 */
import type { FieldErrors } from '../errors/field-errors.js';
import type { Column, ConventionsName } from './column-types.js';
import { fromMessageValue, InvalidValue, type FromMessage } from './input-values.js';
import { PARTIAL_UPDATE_FIELDS } from './messages.js';
import { isWritten, namesOf, sentValue, type WriteKind } from './presence.js';
import type { SerializerClass } from './proto-serializer.js';
import type { SerializerShape, ShapeField } from './shape.js';

export type MutableErrors = { -readonly [field in keyof FieldErrors]: FieldErrors[field] };

/** What a request said, field by field. */
export interface Input {
  /** Converted values by the serializer's property; relations as keys. Fields with errors are absent. */
  readonly values: Record<string, unknown>;
  /** By wire name. */
  readonly errors: MutableErrors;
}

type Message = Readonly<Record<string, unknown>>;

interface FieldReader {
  readonly field: ShapeField;
  readonly read: ReadValue;
}

type ReadValue = (value: unknown, kind: WriteKind) => unknown;

/** Errors of a nested message or of a list of them. */
class NestedErrors {
  constructor(readonly errors: FieldErrors | readonly FieldErrors[]) {}
}

export class InputReader {
  private readonly readers: readonly FieldReader[];

  /**
   * @param conventions `socio` refuses names that cannot be updated, `dsg` ignores them as the reference does
   * @param nested the reader of a nested serializer without a model
   */
  constructor(
    private readonly shape: Pick<SerializerShape, 'fields'>,
    private readonly conventions: ConventionsName,
    private readonly nested: (serializer: SerializerClass) => InputReader | undefined,
  ) {
    this.readers = shape.fields
      .filter((field) => !field.readOnly && field.source.kind !== 'nested')
      .map((field) => ({ field, read: this.readerOf(field) }));
  }

  /** @param message as decoded: `optional` fields that were not sent are no own properties */
  read(message: Message, kind: WriteKind): Input {
    const listed = kind === 'partial-update' ? listedFields(message) : undefined;
    const input: Input = { values: {}, errors: {} };
    for (const { field, read } of this.readers) {
      if (!isWritten(field, kind)) continue;
      const sent = sentValue(field, message, kind, listed);
      if (sent)
        keep(
          input,
          field,
          readValue(field, (value) => read(value, kind), sent.value),
        );
    }
    const unknown = this.unknownNames(listed);
    if (unknown.length > 0)
      input.errors[PARTIAL_UPDATE_FIELDS.name] = unknown.map((name) => this.notUpdatable(name));
    return input;
  }

  private readerOf(field: ShapeField): ReadValue {
    if (field.type.kind === 'serializer') {
      const { serializer } = field.type;
      // Looked up when it is needed: serializers may nest each other.
      return (value) => this.readNested(serializer, value as Message);
    }
    if (field.type.kind === 'embedded') {
      const { fields } = field.type;
      const inner = new InputReader({ fields }, this.conventions, this.nested);
      return (value, kind) =>
        nestedResult(inner.read(value as Message, kind === 'create' ? 'create' : 'update'));
    }
    return limited(field, fromMessageValue(field.type, columnOf(field)));
  }

  private readNested(serializer: SerializerClass, message: Message): unknown {
    const input = this.nested(serializer)?.read(message, 'create');
    return input ? nestedResult(input) : message;
  }

  private unknownNames(listed: ReadonlySet<string> | undefined): string[] {
    if (!listed || this.conventions === 'dsg') return [];
    const known = new Set(this.shape.fields.filter((field) => !field.readOnly || field.key).flatMap(namesOf));
    return [...listed].filter((name) => !known.has(name));
  }

  private notUpdatable(name: string) {
    const updatable = this.readers
      .filter(({ field }) => isWritten(field, 'partial-update'))
      .map(({ field }) => field.name);
    return {
      message: `"${name.slice(0, 30)}" cannot be updated. Expected some of: ${updatable.join(', ')}.`,
      code: 'unknown_field',
    };
  }
}

function nestedResult({ values, errors }: Input): unknown {
  return Object.keys(errors).length > 0 ? new NestedErrors(errors) : values;
}

function keep(input: Input, field: ShapeField, value: unknown): void {
  if (value instanceof NestedErrors) input.errors[field.name] = value.errors;
  else if (value instanceof InvalidValue)
    input.errors[field.name] = [{ message: value.message, code: value.code }];
  else input.values[field.property] = value;
}

function readValue(field: ShapeField, read: (value: unknown) => unknown, value: unknown): unknown {
  if (value === null) return field.nullable ? null : new InvalidValue('This field may not be null.', 'null');
  return field.repeated ? readList(value as unknown[], read) : read(value);
}

function readList(items: readonly unknown[], read: (value: unknown) => unknown): unknown {
  const values = items.map(read);
  if (values.some((value) => value instanceof NestedErrors))
    return new NestedErrors(
      values.map((value) => (value instanceof NestedErrors ? (value.errors as FieldErrors) : {})),
    );
  return values.find((value) => value instanceof InvalidValue) ?? values;
}

/** Blank and length come before the value's own rules, as in DRF. */
function limited(field: ShapeField, convert: FromMessage): FromMessage {
  const text =
    field.type.kind === 'scalar' && field.type.value === 'string' && field.type.scalar === 'string';
  const { allowBlank, maxLength } = field;
  return (value) => {
    if (text && value === '')
      return allowBlank ? '' : new InvalidValue('This field may not be blank.', 'blank');
    if (maxLength !== undefined && typeof value === 'string' && [...value].length > maxLength)
      return new InvalidValue(`Ensure this field has no more than ${maxLength} characters.`, 'max_length');
    return convert(value);
  };
}

function columnOf({ source }: ShapeField): Column | undefined {
  return 'column' in source ? source.column : undefined;
}

function listedFields(message: Message): ReadonlySet<string> {
  const names = message[PARTIAL_UPDATE_FIELDS.property];
  return new Set(Array.isArray(names) ? names.map(String) : []);
}

/**
 * One request message -> values for the model, with everything that is wrong with them. What needs the database
 * (do related objects exist?), nested messages and what the user's serializer adds come afterwards.
 */
import type { FieldErrors } from '../errors/field-errors.js';
import { clip, ECHO_LENGTH } from '../errors/text.js';
import type { Column, ConventionsName } from './column-types.js';
import { fromMessageValue, InvalidValue, type FromMessage } from './input-values.js';
import { PARTIAL_UPDATE_FIELDS } from './message-fields.js';
import { isWritten, namesOf, sentValue, type WriteKind } from './presence.js';
import type { OneOfMember, SerializerShape, ShapeField } from './shape.js';

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

/** Errors of an embedded message. */
class NestedErrors {
  constructor(readonly errors: FieldErrors) {}
}

/** What is wrong with the member of a oneof, which is a field of its own on the wire. */
class MemberError {
  constructor(
    readonly name: string,
    readonly reason: InvalidValue,
  ) {}
}

export class InputReader {
  private readonly readers: readonly FieldReader[];
  /** Those of the fields that each kind of write may change. */
  private readonly written: Readonly<Record<WriteKind, readonly FieldReader[]>>;
  /** What a partial update may list; the key is always sent along. */
  private readonly listable: ReadonlySet<string>;

  /**
   * @param conventions `socio` refuses names that cannot be updated, `dsg` ignores them as the reference does
   * @param maxRelated most related objects that one list may name
   */
  constructor(
    shape: Pick<SerializerShape, 'fields'>,
    private readonly conventions: ConventionsName,
    private readonly maxRelated = Infinity,
  ) {
    this.readers = shape.fields
      .filter((field) => !field.readOnly)
      .map((field) => ({ field, read: this.readerOf(field) }));
    const of = (kind: WriteKind) => this.readers.filter(({ field }) => isWritten(field, kind));
    this.written = { create: of('create'), update: of('update'), 'partial-update': of('partial-update') };
    const listable = shape.fields.filter((field) => field.key || this.isListed(field));
    this.listable = new Set(listable.flatMap(namesOf));
  }

  /** @param message as decoded: `optional` fields that were not sent are no own properties */
  read(message: Message, kind: WriteKind): Input {
    const listed = kind === 'partial-update' ? listedFields(message) : undefined;
    const input: Input = { values: {}, errors: {} };
    for (const reader of this.written[kind]) {
      const sent = sentValue(reader.field, message, kind, listed);
      if (sent) keep(input, reader.field, this.readValue(reader, sent.value, kind));
    }
    const unknown = this.unknownNames(listed);
    if (unknown.length > 0)
      input.errors[PARTIAL_UPDATE_FIELDS.name] = unknown.map((name) => this.notUpdatable(name));
    return input;
  }

  private isListed(field: ShapeField): boolean {
    return !field.readOnly && isWritten(field, 'partial-update');
  }

  private readerOf(field: ShapeField): ReadValue {
    // Read with all the others of their kind, see `nested-input.ts`.
    if (field.type.kind === 'serializer') return (value) => value;
    if (field.type.kind === 'embedded') {
      const { fields } = field.type;
      const inner = new InputReader({ fields }, this.conventions, this.maxRelated);
      return (value, kind) =>
        nestedResult(inner.read(value as Message, kind === 'create' ? 'create' : 'update'));
    }
    if (field.type.kind === 'oneof') return unionReader(field, field.type.members);
    return limited(field, fromMessageValue(field.type, columnOf(field)));
  }

  private readValue({ field, read }: FieldReader, value: unknown, kind: WriteKind): unknown {
    if (value === null)
      return field.nullable ? null : new InvalidValue('This field may not be null.', 'null');
    if (!field.repeated) return read(value, kind);
    const items = value as unknown[];
    if ('relation' in field.source && items.length > this.maxRelated)
      return new InvalidValue(
        `Ensure this field has no more than ${this.maxRelated} elements.`,
        'max_length',
      );
    return readList(items, (item) => read(item, kind));
  }

  private unknownNames(listed: ReadonlySet<string> | undefined): string[] {
    if (!listed || this.conventions === 'dsg') return [];
    return [...listed].filter((name) => !this.listable.has(name));
  }

  private notUpdatable(name: string) {
    const updatable = this.readers
      .filter(({ field }) => isWritten(field, 'partial-update'))
      .map(({ field }) => field.name);
    return {
      message: `"${clip(name, ECHO_LENGTH)}" cannot be updated. Expected some of: ${updatable.join(', ')}.`,
      code: 'unknown_field',
    };
  }
}

function nestedResult({ values, errors }: Input): unknown {
  return Object.keys(errors).length > 0 ? new NestedErrors(errors) : values;
}

function keep(input: Input, field: ShapeField, value: unknown): void {
  if (typeof value !== 'object') input.values[field.property] = value;
  else if (value instanceof NestedErrors) input.errors[field.name] = value.errors;
  else if (value instanceof MemberError)
    input.errors[value.name] = [{ message: value.reason.message, code: value.reason.code }];
  else if (value instanceof InvalidValue)
    input.errors[field.name] = [{ message: value.message, code: value.code }];
  else input.values[field.property] = value;
}

function readList(items: readonly unknown[], read: (value: unknown) => unknown): unknown {
  const values = items.map(read);
  return values.find((value) => value instanceof InvalidValue) ?? values;
}

/** Blank and length come before the value's own rules, as in DRF. */
function limited(field: ShapeField, convert: FromMessage): FromMessage {
  const text =
    field.type.kind === 'scalar' && field.type.value === 'string' && field.type.scalar === 'string';
  const { allowBlank, maxLength, trim } = field;
  return (sent) => {
    const value = text && trim ? String(sent).trim() : sent;
    if (text && value === '')
      return allowBlank ? '' : new InvalidValue('This field may not be blank.', 'blank');
    if (maxLength !== undefined && isLonger(value, maxLength))
      return new InvalidValue(`Ensure this field has no more than ${maxLength} characters.`, 'max_length');
    return convert(value);
  };
}

/** In characters: none is shorter than one unit of a JavaScript text. */
function isLonger(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && value.length > maxLength && [...value].length > maxLength;
}

/** Of the member that is there, which may be blank: it was chosen. Its message, if it is one, is read as nested ones are. */
function unionReader(field: ShapeField, members: readonly OneOfMember[]): ReadValue {
  const readers = new Map(
    members
      .filter(({ type }) => type.kind !== 'serializer')
      .map((member) => {
        const { name, property, type } = member;
        return [
          property,
          { name, read: limited({ ...field, type, allowBlank: true }, fromMessageValue(type)) },
        ] as const;
      }),
  );
  return (sent) => {
    const union = sent as { readonly case: string; readonly value: unknown };
    const member = readers.get(union.case);
    if (!member) return union;
    const value = member.read(union.value);
    return value instanceof InvalidValue ? new MemberError(member.name, value) : { case: union.case, value };
  };
}

function columnOf({ source }: ShapeField): Column | undefined {
  return 'column' in source ? source.column : undefined;
}

function listedFields(message: Message): ReadonlySet<string> {
  const names = message[PARTIAL_UPDATE_FIELDS.property];
  return new Set(Array.isArray(names) ? names.map(String) : []);
}

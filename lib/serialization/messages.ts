/**
 * Shapes -> messages of the contract. The catalogue holds every message and enum of one file; two different
 * messages with one name are a boot problem, never a silent overwrite. Serializers that belong to another package are
 * described there, and imported.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  NOTHING_RESERVED,
  type EnumDescriptor,
  type External,
  type FieldDescriptor,
  type FieldType,
  type MessageDescriptor,
} from '../proto/descriptors.js';
import { protoImport } from '../proto/proto-file.js';
import { messageName, serializerBaseName, snakeCase, type Direction } from '../proto/names.js';
import type { SerializerClass } from './proto-serializer.js';
import type { EmbeddedType, SerializerShape, ShapeField } from './shape.js';
import type { Shapes } from './shapes.js';

/** The property and field that name what a partial update changes. */
export const PARTIAL_UPDATE_FIELDS = {
  property: '_partialUpdateFields',
  name: '_partial_update_fields',
} as const;

export interface SerializerMessageOptions {
  readonly name?: string;
  /** Adds `_partial_update_fields`. */
  readonly partial?: boolean;
}

/** Who declared a message. */
interface Owner {
  readonly declaration: unknown;
  /** How problems name it. */
  readonly text: string;
  /** How it gets another name, where that is not plain. */
  readonly cure?: string;
}

const OTHER_LIST =
  'Give both controllers the same kind of "pagination", or one of them a serializer class of its own.';

export class MessageCatalog {
  private readonly byName = new Map<string, { message: MessageDescriptor; owner: Owner }>();
  /** Messages begun for a serializer, so that a recursive one finds its end. */
  private readonly begun = new Map<SerializerClass, Set<string>>();
  private readonly enumsByName = new Map<string, EnumDescriptor>();
  private readonly externalsByName = new Map<string, External>();
  /** Other packages, and the first serializer that made each needed. */
  readonly imported = new Map<string, SerializerClass>();

  /** @param homeOf which catalogue describes a serializer, for this one or any */
  constructor(
    readonly packageName: string,
    private readonly shapes: Shapes,
    private readonly problems: string[],
    private readonly homeOf: (serializer: SerializerClass) => MessageCatalog,
  ) {}

  get messages(): readonly MessageDescriptor[] {
    return [...this.byName.values()].map(({ message }) => message);
  }

  get enums(): readonly EnumDescriptor[] {
    return [...this.enumsByName.values()];
  }

  get externals(): readonly External[] {
    return [...this.externalsByName.values()];
  }

  /**
   * Adds the message of a serializer in one direction, and those it contains; returns its name. What an action
   * names or adds to is the action's own message and stays here.
   */
  addSerializer(
    serializer: SerializerClass,
    direction: Direction,
    { name, partial = false }: SerializerMessageOptions = {},
  ): string {
    const home = name === undefined && !partial ? this.homeOf(serializer) : this;
    if (home !== this) return this.importFrom(home, serializer, direction);
    const full = messageName(name, serializerBaseName(serializer.name), direction);
    const shape = this.shapes.get(serializer);
    const begun = this.begun.get(serializer) ?? new Set<string>();
    if (!shape || begun.has(full)) return full;
    this.begun.set(serializer, begun.add(full));
    const fields = shape.fields
      .filter((field) => isInMessage(field, direction))
      .map((field) => ({ field, descriptor: this.describeField(field, direction) }));
    const descriptors = fields.map(({ descriptor }) => descriptor);
    if (partial) {
      const at = shape.listed
        ? fields.length
        : fields.findIndex(({ field }) => !field.key && !field.declared);
      descriptors.splice(at < 0 ? fields.length : at, 0, partialUpdateField());
    }
    const text = partial ? `the partial update of ${serializer.name}` : serializer.name;
    this.add(full, descriptors, shape.description, { declaration: serializer, text });
    return full;
  }

  /**
   * Adds the wrapper of a list of another message; returns its name.
   *
   * @param beside further fields, which tell about the page
   */
  addList(
    shape: SerializerShape,
    item: string,
    direction: Direction,
    name: string | undefined,
    beside: readonly FieldDescriptor[],
  ): string {
    const full = messageName(name, serializerBaseName(shape.serializer.name), direction, true);
    const results: FieldDescriptor = {
      kind: 'field',
      name: snakeCase(shape.listField),
      property: shape.listField,
      type: { kind: 'message', name: item },
      cardinality: 'repeated',
      number: 0,
      comment: [],
    };
    const fields = [results, ...beside];
    const text = `the list of ${shape.serializer.name} with ${fields.map((field) => field.name).join(', ')}`;
    // Not the shape alone: controllers of one serializer may page in different ways.
    const owner = { declaration: fields, text, cure: OTHER_LIST };
    this.add(full, fields, [], owner);
    return full;
  }

  /** Adds a message that was written out field by field. */
  addFields(name: string, fields: readonly FieldDescriptor[], place: string, cure?: string): string {
    this.add(name, fields, [], { declaration: place, text: place, ...(cure !== undefined && { cure }) });
    return name;
  }

  describeField(field: ShapeField, direction: Direction): FieldDescriptor {
    return {
      kind: 'field',
      name: field.name,
      property: field.property,
      type: this.fieldType(field, direction),
      cardinality: cardinalityOf(field),
      number: 0,
      comment: field.comment,
    };
  }

  private importFrom(home: MessageCatalog, serializer: SerializerClass, direction: Direction): string {
    const name = `${home.packageName}.${home.addSerializer(serializer, direction)}`;
    this.externalsByName.set(name, { name, file: protoImport(home.packageName) });
    if (!this.imported.has(home.packageName)) this.imported.set(home.packageName, serializer);
    return name;
  }

  private fieldType({ type }: ShapeField, direction: Direction): FieldType {
    switch (type.kind) {
      case 'scalar':
        return { kind: 'scalar', scalar: type.scalar };
      case 'struct':
        return { kind: 'message', name: 'google.protobuf.Struct' };
      case 'enum':
        this.addEnum(type.descriptor);
        return { kind: 'enum', name: type.descriptor.name };
      case 'serializer':
        return { kind: 'message', name: this.addSerializer(type.serializer, direction) };
      case 'embedded':
        return { kind: 'message', name: this.addEmbedded(type, direction) };
    }
  }

  private addEmbedded(type: EmbeddedType, direction: Direction): string {
    const name = messageName(undefined, type.name, direction);
    const included = type.fields.filter((field) => isInMessage(field, direction));
    const text = `the embedded ${type.name} of "${type.path}"`;
    this.add(
      name,
      included.map((field) => this.describeField(field, direction)),
      [],
      { declaration: type.embeddedClass, text },
    );
    return name;
  }

  private addEnum(descriptor: EnumDescriptor): void {
    const other = this.enumsByName.get(descriptor.name);
    if (other && !isDeepStrictEqual(other, descriptor))
      this.problems.push(
        `enum "${descriptor.name}": two different enums have this name. Rename one of them.`,
      );
    this.enumsByName.set(descriptor.name, descriptor);
  }

  private add(
    name: string,
    fields: readonly FieldDescriptor[],
    comment: readonly string[],
    owner: Owner,
  ): void {
    const message: MessageDescriptor = { kind: 'message', name, fields, reserved: NOTHING_RESERVED, comment };
    const other = this.byName.get(name);
    if (
      other &&
      other.owner.declaration !== owner.declaration &&
      !isDeepStrictEqual(other.message, message)
    ) {
      this.problems.push(
        `message "${name}": ${other.owner.text} and ${owner.text} both want this name for different fields. ${owner.cure ?? 'Rename one of them.'}`,
      );
      return;
    }
    this.byName.set(name, { message, owner });
  }
}

/** Read-only fields are absent from requests and write-only ones from answers; the key is in both. */
export function isInMessage(field: ShapeField, direction: Direction): boolean {
  return direction === 'Request' ? !field.readOnly || field.key : !field.writeOnly;
}

function cardinalityOf(field: ShapeField): FieldDescriptor['cardinality'] {
  if (field.repeated) return 'repeated';
  return field.nullable || !field.required || field.default !== undefined ? 'optional' : 'singular';
}

function partialUpdateField(): FieldDescriptor {
  return {
    kind: 'field',
    ...PARTIAL_UPDATE_FIELDS,
    type: { kind: 'scalar', scalar: 'string' },
    cardinality: 'repeated',
    number: 0,
    comment: [],
  };
}

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
import type { ExternalType } from '../proto/external-message.js';
import { messageName, serializerBaseName, type Direction } from '../proto/names.js';
import { protoImport } from '../proto/proto-file.js';
import { placeEnum, type EnumPlacement } from './enums.js';
import { cardinalityOf, isInMessage, partialUpdateField } from './message-fields.js';
import type { MessageHome, MessageOwner, SerializerMessageOptions } from './message-home.js';
import type { SerializerClass } from './proto-serializer.js';
import type { EmbeddedType, ShapeField, ShapeFieldType } from './shape.js';
import type { Shapes } from './shapes.js';

export class MessageCatalog {
  private readonly byName = new Map<string, { message: MessageDescriptor; owner: MessageOwner }>();
  /** Messages of serializers that were begun, so that a recursive one finds its end, with how they were. */
  private readonly begun = new Map<string, Begun>();
  /** Fields that are the same in all messages of their serializer, which are most. */
  private readonly scalars = new Map<ShapeField, FieldDescriptor>();
  private readonly enumsByName = new Map<string, EnumDescriptor>();
  private readonly externalsByName = new Map<string, External>();
  /** Other packages, and the first serializer that made each needed. */
  readonly imported = new Map<string, SerializerClass>();

  /**
   * @param homeOf which catalogue describes a serializer, for this one or any
   * @param placement of the enums in messages that others import
   */
  constructor(
    readonly packageName: string,
    private readonly shapes: Shapes,
    private readonly problems: string[],
    private readonly homeOf: (serializer: SerializerClass) => MessageCatalog,
    private readonly placement: EnumPlacement,
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
    enums: MessageHome['enums'],
    options: SerializerMessageOptions = {},
  ): string {
    const { partial = false, all = false, beside } = options;
    const ofAction = options.name !== undefined || partial || beside !== undefined;
    const catalog = ofAction ? this : this.homeOf(serializer);
    if (catalog !== this) return this.importFrom(catalog, serializer, direction);
    const name = options.name ?? messageName(undefined, serializerBaseName(serializer.name), direction);
    const shape = this.shapes.get(serializer);
    const begun: Begun = { serializer, direction, enums, partial, all, beside };
    if (!shape || isSame(this.begun.get(name), begun)) return name;
    this.begun.set(name, begun);
    const home: MessageHome = { name, direction, enums };
    const included = shape.fields.filter((field) => all || isInMessage(field, direction));
    const groups = included.map((field) => this.describeFields(field, home));
    if (partial) {
      const behind = included.findIndex((field) => !field.key && !field.declared);
      groups.splice(shape.listed || behind < 0 ? groups.length : behind, 0, [partialUpdateField()]);
    }
    const fields = [...groups.flat(), ...(beside?.(home) ?? [])];
    const text = partial ? `the partial update of ${serializer.name}` : serializer.name;
    return this.add(name, fields, { text }, shape.description);
  }

  /** Adds a message that was put together field by field; returns its name. */
  add(
    name: string,
    fields: readonly FieldDescriptor[],
    owner: MessageOwner,
    comment: readonly string[] = [],
  ): string {
    const message: MessageDescriptor = { kind: 'message', name, fields, reserved: NOTHING_RESERVED, comment };
    const other = this.byName.get(name);
    if (other && !isDeepStrictEqual(other.message, message))
      this.problems.push(
        `message "${name}": ${other.owner.text} and ${owner.text} both want this name for different fields. ${owner.cure ?? 'Rename one of them.'}`,
      );
    else this.byName.set(name, { message, owner });
    return name;
  }

  describeField(field: ShapeField, home: MessageHome): FieldDescriptor {
    const known = this.scalars.get(field);
    if (known) return known;
    const described: FieldDescriptor = {
      kind: 'field',
      name: field.name,
      property: field.property,
      type: this.fieldType(field.type, home),
      cardinality: cardinalityOf(field),
      number: 0,
      comment: field.comment,
    };
    if (field.type.kind === 'scalar') this.scalars.set(field, described);
    return described;
  }

  /** The fields that a field of a serializer is in a message: the members of a oneof are one each. */
  describeFields(field: ShapeField, home: MessageHome): readonly FieldDescriptor[] {
    const { type } = field;
    if (type.kind !== 'oneof') return [this.describeField(field, home)];
    return type.members.map((member, index) => ({
      kind: 'field',
      name: member.name,
      property: member.property,
      type: this.fieldType(member.type, home),
      cardinality: 'optional',
      oneof: field.name,
      union: field.property,
      number: 0,
      comment: index === 0 ? [...field.comment, ...member.comment] : member.comment,
    }));
  }

  /** An enum as a field of a message refers to it. */
  enumType(descriptor: EnumDescriptor, { name, enums }: MessageHome): FieldType {
    if (enums === 'values') {
      const texts = descriptor.values.every(({ value }) => typeof value === 'string');
      return { kind: 'scalar', scalar: texts ? 'string' : 'int32' };
    }
    const placed = placeEnum(descriptor, enums, name);
    this.addEnum(placed);
    return { kind: 'enum', name: placed.name };
  }

  /**
   * Adds a message of somebody else's file; returns its name, undefined after a problem was reported.
   *
   * @param place how problems name what uses it
   */
  addExternal(external: ExternalType, place: string): string | undefined {
    const report = (problem: string): void => void this.problems.push(`${place}: ${problem}`);
    const found = this.shapes.context.foreign.find(external, report);
    return found && this.addFound(found);
  }

  private addFound({ name, file }: Pick<External, 'name' | 'file'>): string {
    this.externalsByName.set(name, { name, file });
    return name;
  }

  private importFrom(catalog: MessageCatalog, serializer: SerializerClass, direction: Direction): string {
    const { packageName, placement } = catalog;
    const name = `${packageName}.${catalog.addSerializer(serializer, direction, placement)}`;
    this.addFound({ name, file: protoImport(packageName) });
    if (!this.imported.has(packageName)) this.imported.set(packageName, serializer);
    return name;
  }

  private fieldType(type: ShapeFieldType, home: MessageHome): FieldType {
    switch (type.kind) {
      case 'scalar':
        return type.wrapper
          ? { kind: 'message', name: type.wrapper }
          : { kind: 'scalar', scalar: type.scalar };
      case 'well-known':
        return { kind: 'message', name: type.name };
      case 'map': {
        const value = this.fieldType(type.value, home);
        const name = value.kind === 'scalar' ? value.scalar : value.name;
        return { kind: 'message', name: `map<${type.key}, ${name}>` };
      }
      case 'oneof':
        throw new Error('a oneof is several fields');
      case 'enum':
        return this.enumType(type.descriptor, home);
      case 'serializer':
        return { kind: 'message', name: this.addSerializer(type.serializer, home.direction, home.enums) };
      case 'external':
        return { kind: 'message', name: this.addFound(type) };
      case 'embedded':
        return { kind: 'message', name: this.addEmbedded(type, home) };
    }
  }

  private addEmbedded(type: EmbeddedType, { direction, enums }: MessageHome): string {
    const name = messageName(undefined, type.name, direction);
    const included = type.fields.filter((field) => isInMessage(field, direction));
    const fields = included.flatMap((field) => this.describeFields(field, { name, direction, enums }));
    return this.add(name, fields, { text: `the embedded ${type.name} of "${type.path}"` });
  }

  private addEnum(descriptor: EnumDescriptor): void {
    const other = this.enumsByName.get(descriptor.name);
    if (other && !isDeepStrictEqual(other, descriptor))
      this.problems.push(
        `enum "${descriptor.name}": two different enums have this name. Rename one of them.`,
      );
    this.enumsByName.set(descriptor.name, descriptor);
  }
}

interface Begun extends Required<Omit<SerializerMessageOptions, 'name'>> {
  readonly serializer: SerializerClass;
  readonly direction: Direction;
  readonly enums: MessageHome['enums'];
}

function isSame(known: Begun | undefined, begun: Begun): boolean {
  return (
    known !== undefined && (Object.keys(begun) as (keyof Begun)[]).every((key) => known[key] === begun[key])
  );
}

/** What a column, a written type or a TypeScript type is in the contract; the rest of a field is not decided here. */
import type { EnumDescriptor, WellKnownName } from '../proto/descriptors.js';
import { isExternal, type ExternalType } from '../proto/external-message.js';
import { pascalCase, serializerBaseName } from '../proto/names.js';
import {
  columnTypeName,
  findColumnType,
  findDesignType,
  isList,
  type Column,
  type ConventionsName,
  type ProtoValueType,
  type ValueKind,
} from './column-types.js';
import { describeColumnEnum, describeEnum, isEnumColumn, type EnumType } from './enums.js';
import type { SerializerClass } from './proto-serializer.js';
import { ExternalJson } from './external-json.js';
import type { ShapeContext } from './shape-context.js';
import type { ExternalFieldType, ShapeField, ShapeFieldType } from './shape.js';
import { findNamedType, isMapKey, parseWrittenType, type GivenType } from './written-types.js';

export type FieldFacts = Pick<ShapeField, 'type' | 'repeated' | 'source'> & Partial<ShapeField>;
export type TypeFacts = Pick<FieldFacts, 'type' | 'repeated'>;

export class FieldTypes {
  constructor(
    private readonly serializer: SerializerClass,
    private readonly context: ShapeContext,
  ) {}

  get conventions(): ConventionsName {
    return this.context.conventions;
  }

  /** @param written a type that the declaration gives in place of the column's own */
  ofColumn(property: string, column: Column, written?: GivenType): TypeFacts | undefined {
    const type = findColumnType(column, this.context.conventions);
    if (written !== undefined) return this.ofGiven(property, written, type);
    if (type) return { type: fieldTypeOf(type), repeated: isList(column) };
    if (isEnumColumn(column))
      return { type: { kind: 'enum', descriptor: describeColumnEnum(column) }, repeated: column.isArray };
    if (columnTypeName(column) === 'simple-array')
      return { type: { kind: 'scalar', scalar: 'string', value: 'string' }, repeated: true };
    return this.problem(
      property,
      `column type "${columnTypeName(column)}" has no proto type. Declare one, e.g. @Field({ type: 'string' }).`,
    );
  }

  /** @param column where the values are stored, if anywhere */
  ofEnum(property: string, type: EnumType, repeated: boolean, column?: Column): TypeFacts | undefined {
    const name = `${column?.entityMetadata.name ?? serializerBaseName(this.serializer.name)}${pascalCase(property)}`;
    const descriptor = describeEnum(type, name);
    const strange =
      column && isEnumColumn(column) ? differenceOf(descriptor, describeColumnEnum(column)) : [];
    if (strange.length > 0)
      return this.problem(
        property,
        `the column's values and those of the enum "${descriptor.name}" differ: ${strange.join(', ')}. ` +
          'Give both the same enum.',
      );
    return { type: { kind: 'enum', descriptor }, repeated: column ? isList(column) : repeated };
  }

  /** A type as it is given in `@Field({ type: 'repeated int64' })`, `@Field({ type: Money.list })`. */
  ofGiven(property: string, given: GivenType, column?: ProtoValueType): TypeFacts | undefined {
    return isExternal(given)
      ? this.ofExternal(property, given, column)
      : this.ofText(property, given, column);
  }

  private ofExternal(
    property: string,
    external: ExternalType,
    column: ProtoValueType | undefined,
  ): TypeFacts | undefined {
    const one = this.externalType(property, external);
    if (!one) return undefined;
    if (column && column.kind !== 'json') return this.notHeld(property, external.name, column);
    const { form } = external;
    if (form.kind === 'one') return { type: one, repeated: false };
    if (form.kind === 'list') return { type: one, repeated: true };
    if (isMapKey(form.key)) return { type: { kind: 'map', key: form.key, value: one }, repeated: false };
    return this.problem(
      property,
      `"${String(form.key)}" cannot be the key of a map. Expected one such as 'string'.`,
    );
  }

  private externalType(property: string, external: ExternalType): ExternalFieldType | undefined {
    const { foreign } = this.context;
    const found = foreign.find(external, (problem) => this.problem(property, problem));
    return found && { kind: 'external', ...found, read: new ExternalJson(foreign).reader(found.name) };
  }

  /** A type as it is written, `'repeated int64'`. */
  ofText(property: string, text: string, column?: ProtoValueType): TypeFacts | undefined {
    const written = parseWrittenType(text);
    const type = written && findNamedType(written.name);
    if (!type)
      return this.problem(
        property,
        `type "${text}" is unknown. Expected a proto type such as 'string' or 'repeated int64'.`,
      );
    const typed = column ? overColumn(type, column) : type;
    if (!typed) return this.notHeld(property, written.name, column);
    return { type: typed, repeated: written.cardinality === 'repeated' };
  }

  ofDesignType(property: string, designType: unknown): TypeFacts | undefined {
    const type = findDesignType(designType, this.context.conventions);
    if (type) return { type: fieldTypeOf(type), repeated: false };
    return this.problem(property, `its proto type is unknown. Declare it, e.g. @Field({ type: 'string' }).`);
  }

  private notHeld(property: string, type: string, column: ProtoValueType | undefined): undefined {
    return this.problem(
      property,
      `a column of the kind "${column?.kind}" holds no ${type}. Leave "type" out, or give a type that the column holds.`,
    );
  }

  problem(property: string, text: string): undefined {
    this.context.problems.push(`${this.serializer.name}.${property}: ${text}`);
    return undefined;
  }
}

function fieldTypeOf({ kind, proto }: ProtoValueType): ShapeFieldType {
  return proto === 'google.protobuf.Struct'
    ? { kind: 'well-known', name: proto }
    : { kind: 'scalar', scalar: proto, value: kind };
}

/** What of Google's messages a kind of column holds. */
const MESSAGES_OF_KIND: Partial<Readonly<Record<ValueKind, readonly WellKnownName[]>>> = {
  json: ['google.protobuf.Struct', 'google.protobuf.Value', 'google.protobuf.ListValue'],
  date: ['google.protobuf.Timestamp'],
  datetime: ['google.protobuf.Timestamp'],
};

/** A written type with the value rules of the column behind it; undefined where the column cannot hold such values. */
function overColumn(type: ShapeFieldType, column: ProtoValueType): ShapeFieldType | undefined {
  switch (type.kind) {
    case 'scalar':
      return fits(column, type.scalar) ? { ...type, value: column.kind } : type;
    case 'well-known':
      return MESSAGES_OF_KIND[column.kind]?.includes(type.name) ? type : undefined;
    default:
      return column.kind === 'json' ? type : undefined;
  }
}

/** Values that only one of two enums has. */
function differenceOf(a: EnumDescriptor, b: EnumDescriptor): string[] {
  const values = [a, b].map((each) => new Set(each.values.map(({ value }) => value)));
  const all = values.flatMap((each) => [...each]);
  return all
    .filter((value) => !values.every((each) => each.has(value)))
    .map((value) => JSON.stringify(value));
}

/** A type written over a column keeps the column's value rules where both are of one family. */
function fits(column: ProtoValueType, proto: string): boolean {
  const numeric = (name: string): boolean => name !== 'string' && name !== 'bytes' && name !== 'bool';
  return column.proto === proto || (numeric(column.proto) && numeric(proto)) || column.kind === 'decimal';
}

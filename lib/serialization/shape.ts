/**
 * What a serializer and its model's metadata are together: the list of fields with everything that messages, readers and
 * validation need to know. Plain data, made at boot.
 */
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { EnumDescriptor, ScalarType, WellKnownName, WrapperName } from '../proto/descriptors.js';
import type { Column, Relation, ValueKind } from './column-types.js';
import type { NestedWrite, RowScopeClass } from './declarations.js';
import type { Needs } from './needs.js';
import type { SerializerClass } from './proto-serializer.js';

export type ShapeFieldType =
  | {
      readonly kind: 'scalar';
      readonly scalar: ScalarType;
      readonly value: ValueKind;
      /** The message around the value. */
      readonly wrapper?: WrapperName;
    }
  | { readonly kind: 'well-known'; readonly name: WellKnownName }
  | { readonly kind: 'map'; readonly key: string; readonly value: ShapeFieldType }
  | { readonly kind: 'oneof'; readonly members: readonly OneOfMember[] }
  | { readonly kind: 'enum'; readonly descriptor: EnumDescriptor }
  | { readonly kind: 'serializer'; readonly serializer: SerializerClass }
  | ExternalFieldType
  | EmbeddedType;

/** A message of somebody else's file. */
export interface ExternalFieldType {
  readonly kind: 'external';
  /** Its full name. */
  readonly name: string;
  readonly file: string;
  /** What stands in JSON, or is a message already -> what the codec takes. */
  readonly read: (value: unknown) => unknown;
}

/** One of the fields of which a message has one at most. */
export interface OneOfMember {
  readonly property: string;
  readonly name: string;
  readonly type: ShapeFieldType;
  readonly comment: readonly string[];
}

/** Columns of the same table that are a message of their own. */
export interface EmbeddedType {
  readonly kind: 'embedded';
  /** Of the embedded class. */
  readonly name: string;
  /** Two classes may have one name. */
  readonly embeddedClass: unknown;
  /** Where it is embedded: `Shop.address`. */
  readonly path: string;
  readonly fields: readonly ShapeField[];
}

/** Where a field's value lives in the model. */
export type FieldSource =
  | { readonly kind: 'column'; readonly column: Column }
  /** The key of a to-one relation's target. */
  | { readonly kind: 'key'; readonly relation: Relation; readonly column: Column }
  /** The keys of a to-many relation's targets. */
  | { readonly kind: 'keys'; readonly relation: Relation; readonly column: Column }
  /** Another property of the target(s). */
  | { readonly kind: 'slug'; readonly relation: Relation; readonly column: Column; readonly many: boolean }
  /** The target(s) as texts. */
  | {
      readonly kind: 'text';
      readonly relation: Relation;
      /** Of the target. */
      readonly needs: Needs;
      readonly text: (object: ObjectLiteral, context: unknown) => string;
    }
  | {
      readonly kind: 'nested';
      readonly relation: Relation;
      readonly many: boolean;
      readonly writes: ReadonlySet<NestedWrite>;
      /** Levels that are read inside of each other; undefined: no limit. */
      readonly depth: number | undefined;
    }
  | { readonly kind: 'embedded'; readonly property: string }
  /** A property of the entity that no column stands behind: a getter, or set when it is loaded. */
  | { readonly kind: 'property'; readonly property: string }
  /** A method of the serializer. */
  | { readonly kind: 'method'; readonly needs: Needs | undefined }
  /** No model behind it. */
  | { readonly kind: 'message' };

export interface ShapeField {
  readonly property: string;
  readonly name: string;
  readonly type: ShapeFieldType;
  readonly repeated: boolean;
  readonly source: FieldSource;
  readonly readOnly: boolean;
  readonly writeOnly: boolean;
  readonly required: boolean;
  readonly nullable: boolean;
  /** Undefined: none. */
  readonly default: unknown;
  /** The database fills the column when it is left out. */
  readonly modelDefault: boolean;
  readonly allowBlank: boolean;
  readonly trim: boolean;
  readonly maxLength: number | undefined;
  /** The model's primary key, or a part of it: present in requests even if read-only. */
  readonly key: boolean;
  /** Which of the related objects there are for a caller. */
  readonly scope: RowScopeClass | undefined;
  /** Declared on the serializer class, not only taken from the model. */
  readonly declared: boolean;
  readonly comment: readonly string[];
}

export interface SerializerShape {
  readonly serializer: SerializerClass;
  readonly metadata: EntityMetadata | undefined;
  readonly fields: readonly ShapeField[];
  /** Property of the list message that holds the objects. */
  readonly listField: string;
  readonly description: readonly string[];
  /** Fields were listed by name, so order is literal. */
  readonly listed: boolean;
  /** What its own `toMessage()` reads beside the fields; undefined: nothing. */
  readonly needs: Needs | undefined;
}

/** The serializers that a type is made of. */
export function serializersOfType(type: ShapeFieldType): readonly SerializerClass[] {
  if (type.kind === 'serializer') return [type.serializer];
  return type.kind === 'oneof' ? type.members.flatMap((member) => serializersOfType(member.type)) : [];
}

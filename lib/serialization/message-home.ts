/** What a message of the contract is described with. */
import type { FieldDescriptor } from '../proto/descriptors.js';
import type { Direction } from '../proto/names.js';
import type { EnumPlacement } from './enums.js';

/** Where a message stands and what follows from it for its fields. */
export interface MessageHome {
  readonly name: string;
  readonly direction: Direction;
  /** Where its enums stand, also those of nested messages; `values`: they are no enums, but their values. */
  readonly enums: EnumPlacement | 'values';
}

export interface SerializerMessageOptions {
  /** Default: the serializer's base name and the direction. */
  readonly name?: string | undefined;
  /** Adds `_partial_update_fields`. */
  readonly partial?: boolean | undefined;
  /** All fields, whatever the direction. */
  readonly all?: boolean | undefined;
  /** Fields behind those of the serializer. */
  readonly beside?: ((home: MessageHome) => readonly FieldDescriptor[]) | undefined;
}

/** Who declared a message. */
export interface MessageOwner {
  /** How problems name it. */
  readonly text: string;
  /** How it gets another name, where that is not plain. */
  readonly cure?: string | undefined;
}

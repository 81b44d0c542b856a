/** Messages that are no objects: what writes them needs to know how their fields are written. */
import type { BufferWriter } from 'protobufjs/minimal.js';
import type { FieldDescriptor } from '../../proto/descriptors.js';
import type { FieldWriter } from './fields.js';

/** One field, or all members of a oneof. */
export interface FieldLayout {
  /** For errors: `PostResponse.id`. */
  readonly place: string;
  readonly property: string;
  /** Undefined for a oneof. */
  readonly field: FieldDescriptor | undefined;
  /** Writes any value of the property. */
  readonly write: FieldWriter;
  /** Of the message that the field holds, or each item of a list; undefined: something else. */
  readonly message: MessageLayout | undefined;
}

/** The fields of a message in the order in which they are written. */
export interface MessageLayout {
  readonly name: string;
  readonly fields: readonly FieldLayout[];
}

/** Stands where a message is due, and writes its fields itself. */
export abstract class WrittenMessage {
  /**
   * Writes what an object with the same values would be written as.
   *
   * @throws EncodeError when a value does not fit its field
   */
  abstract write(writer: BufferWriter, layout: MessageLayout, depth: number): void;
}

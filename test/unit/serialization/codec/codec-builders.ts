import { BufferWriter } from 'protobufjs/minimal.js';
import type { EnumDescriptor, FieldDescriptor } from '../../../../lib/proto/descriptors.js';
import { compileCodecs, type MessageCodec } from '../../../../lib/serialization/codec/index.js';
import { file, message } from '../../proto/descriptor-builders.js';

export const STATUS: EnumDescriptor = {
  kind: 'enum',
  name: 'Status.Enum',
  reserved: { ranges: [], names: [] },
  comment: [],
  values: [
    { kind: 'enum-value', name: 'UNSPECIFIED', number: 0, value: undefined, comment: [] },
    { kind: 'enum-value', name: 'DRAFT', number: 1, value: 'draft', comment: [] },
    { kind: 'enum-value', name: 'PUBLISHED', number: 2, value: 'published', comment: [] },
    { kind: 'enum-value', name: 'GONE', number: -1, value: 'gone', comment: [] },
  ],
};

/** The codec of a message `M` with these fields; a field that refers to `M` makes it recursive. */
export function codecOf(
  fields: readonly FieldDescriptor[],
  enums: readonly EnumDescriptor[] = [STATUS],
): MessageCodec {
  return compileCodecs(file({ messages: [message('M', [...fields])], enums })).get('M');
}

/** Bytes from protobufjs's own writer, for messages that our codec would not write. */
export function bytes(write: (writer: BufferWriter) => unknown): Uint8Array {
  const writer = new BufferWriter();
  write(writer);
  return writer.finish();
}

export function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}

export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

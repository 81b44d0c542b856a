/**
 * The members of a `oneof` as one property: `{ case: 'email', value: 'a@b.c' }`, absent when none is set. Two members on
 * the wire are no error: the last one counts. See https://protobuf.dev/programming-guides/encoding/#last-one-wins.
 */
import { Mismatch } from './errors.js';
import type { FieldReader, FieldWriter } from './fields.js';
import type { ValueCodec } from './value-codec.js';

interface Union {
  readonly case: string;
  readonly value: unknown;
}

/** @param members writers by the property of the member; the last may be added later */
export function unionWriter(members: ReadonlyMap<string, FieldWriter>): FieldWriter {
  return (writer, union, depth) => {
    if (union === null) return;
    const { case: name, value } = (typeof union === 'object' ? union : {}) as Partial<Union>;
    const write = members.get(name as string);
    if (!write) throw Mismatch.expected(`{ case, value } of ${[...members.keys()].join(', ')}`, union);
    if (value === undefined) throw Mismatch.expected(`value of "${name}"`, value);
    write(writer, value, depth);
  };
}

export function memberReader(union: string, property: string, { read }: ValueCodec): FieldReader {
  return (reader, message, depth) => {
    const before = message[union] as Union | undefined;
    const earlier = before?.case === property ? before.value : undefined;
    message[union] = { case: property, value: read(reader, depth, earlier) };
  };
}

/** What requests may do to the related objects that they nest, worked out once for each action. */
import type { Relation } from '../serialization/column-types.js';
import type { NestedWrite } from '../serialization/declarations.js';
import { nestedKey } from '../serialization/nested-input.js';
import type { SerializerShape } from '../serialization/shape.js';
import type { Shapes } from '../serialization/shapes.js';

/** The nested objects of one relation. */
export interface NestedWrites {
  /** Of the relation's field, and of the key's in the nested messages, on the wire. */
  readonly name: string;
  readonly keyName: string;
  readonly relation: Relation;
  readonly many: boolean;
  readonly allowed: ReadonlySet<NestedWrite>;
  /** Those of the nested objects. */
  readonly nested: readonly NestedWrites[];
}

export function nestedWritesOf(shape: SerializerShape, shapes: Shapes): readonly NestedWrites[] {
  return shape.fields.flatMap(({ name, source, type, readOnly }): NestedWrites | [] => {
    const inner = type.kind === 'serializer' && !readOnly ? shapes.get(type.serializer) : undefined;
    const key = inner && nestedKey(inner);
    if (source.kind !== 'nested' || !key) return [];
    const { relation, many, writes: allowed } = source;
    return { name, keyName: key.name, relation, many, allowed, nested: nestedWritesOf(inner, shapes) };
  });
}

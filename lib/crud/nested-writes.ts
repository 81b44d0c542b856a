/** What requests may do to the related objects that they nest, worked out once for each action. */
import type { Relation } from '../serialization/column-types.js';
import type { NestedWrite } from '../serialization/declarations.js';
import { nestedKey } from '../serialization/nested-input.js';
import type { FindScope, RowScope } from '../serialization/row-scope.js';
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
  /** Which of the related objects there are for a caller. */
  readonly scope: RowScope | undefined;
  /** Those of the nested objects. */
  readonly nested: readonly NestedWrites[];
}

/** What writing a list of keys means: exactly these are related. */
const LIST_OF_KEYS: ReadonlySet<NestedWrite> = new Set<NestedWrite>(['connect', 'remove']);

/** Of nested objects, and of lists of keys where a caller may not see all: what it does not see, it must not remove. */
export function nestedWritesOf(
  shape: SerializerShape,
  shapes: Shapes,
  scopeOf: FindScope,
): readonly NestedWrites[] {
  return shape.fields.flatMap((field): NestedWrites | [] => {
    const { name, source, type, readOnly } = field;
    const scope = scopeOf(field);
    if (readOnly) return [];
    if (scope && (source.kind === 'keys' || (source.kind === 'slug' && source.many))) {
      const { relation } = source;
      return { name, keyName: name, relation, many: true, allowed: LIST_OF_KEYS, scope, nested: [] };
    }
    const inner = type.kind === 'serializer' ? shapes.get(type.serializer) : undefined;
    const key = inner && nestedKey(inner);
    if (source.kind !== 'nested' || !key) return [];
    const { relation, many, writes: allowed } = source;
    let nested: readonly NestedWrites[] | undefined;
    return {
      name,
      keyName: key.name,
      relation,
      many,
      allowed,
      scope,
      // Asked for as deep as a request goes: serializers may nest themselves.
      get nested() {
        nested ??= nestedWritesOf(inner, shapes, scopeOf);
        return nested;
      },
    };
  });
}

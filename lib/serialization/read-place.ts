import type { EntityMetadata } from 'typeorm';
import type { Column, Relation } from './column-types.js';
import type { Needs } from './needs.js';
import type { ShapeField } from './shape.js';

/** Where in the tree something is read. */
export interface Place {
  /** Alias of the table. */
  readonly owner: string;
  readonly metadata: EntityMetadata;
  /** From the object that is serialized on: `author.publisher`. */
  readonly path: string;
  readonly depth: number;
  /** How often fields with a depth were gone through. */
  readonly uses: ReadonlyMap<ShapeField, number>;
  /** What methods further up read of the objects here. */
  readonly needs: Needs;
}

/** Whether a field has been gone through as often as it says. */
export function isAtEnd({ uses }: Place, field: ShapeField): boolean {
  const { source } = field;
  return source.kind === 'nested' && source.depth !== undefined && (uses.get(field) ?? 0) >= source.depth;
}

/** @param field that leads there; undefined: none of a message */
export function below(
  { path, depth, uses }: Place,
  relation: Relation,
  owner: string,
  needs: Needs,
  field?: ShapeField,
): Place {
  const { propertyPath, inverseEntityMetadata: metadata } = relation;
  return {
    owner,
    metadata,
    path: path === '' ? propertyPath : `${path}.${propertyPath}`,
    depth: depth + 1,
    uses: field ? new Map(uses).set(field, (uses.get(field) ?? 0) + 1) : uses,
    needs,
  };
}

/** The foreign key column beside the owner, when it holds exactly the wanted column. */
export function localKey(relation: Relation, column: Column): Column | undefined {
  const [joinColumn, ...more] = relation.joinColumns;
  if (!relation.isOwning || !joinColumn || more.length > 0) return undefined;
  return joinColumn.referencedColumn === column ? joinColumn : undefined;
}

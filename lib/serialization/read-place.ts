import type { EntityMetadata } from 'typeorm';
import type { Relation } from './column-types.js';
import type { Needs } from './needs.js';
import type { ReadField, ReadRow } from './read-parts.js';

/** Where in the tree something is read. */
export interface Place {
  /** Alias of the table. */
  readonly owner: string;
  readonly metadata: EntityMetadata;
  /** From the object that is serialized on: `author.publisher`. */
  readonly path: string;
  readonly depth: number;
  /** What methods further up read of the objects here. */
  readonly needs: Needs;
}

export function below({ path, depth }: Place, relation: Relation, owner: string, needs: Needs): Place {
  const { propertyPath, inverseEntityMetadata: metadata } = relation;
  return {
    owner,
    metadata,
    path: path === '' ? propertyPath : `${path}.${propertyPath}`,
    depth: depth + 1,
    needs,
  };
}

/** An object that is joined, or null where there is none. */
export function toOne(member: string, keys: readonly string[], read: ReadRow): ReadField {
  return (row, draft, pending) => {
    draft[member] = keys.every((key) => row[key] === null) ? null : read(row, pending);
  };
}

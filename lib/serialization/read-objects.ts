import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { CallAccess } from './call-access.js';
import { keyOfEntity } from './keys.js';
import type { Draft } from './read-parts.js';
import type { ReadPlan } from './read-plan.js';

/**
 * Messages of objects that the application has, read anew, in their order; of removed ones too when it gives any.
 *
 * @param idOf the key of an object by its properties. Default: what the object itself holds
 * @throws Error when an object has no key, or its row is gone
 */
export function readObjects<M extends ObjectLiteral>(
  plan: ReadPlan,
  metadata: EntityMetadata,
  objects: readonly M[],
  access: CallAccess,
  idOf: (object: M) => ObjectLiteral = (object) => ownId(metadata, object),
): Promise<Draft[]> {
  const { dataSource, primaryColumns, deleteDateColumn } = metadata;
  const keys = objects.map((object) => keyOfEntity(dataSource, primaryColumns, idOf(object)));
  const withDeleted = objects.some((object) => deleteDateColumn?.getEntityValue(object));
  return plan.readByKeys(keys, access, { withDeleted });
}

/** @throws Error when the object has no key */
export function ownId(metadata: EntityMetadata, object: ObjectLiteral): ObjectLiteral {
  const id = metadata.getEntityIdMap(object);
  if (!id) throw new Error(`${metadata.name}: an object without its key cannot be serialized`);
  return id;
}

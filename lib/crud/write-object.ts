/** The two writes of the CRUD actions in terms of TypeORM. */
import type { DeepPartial, ObjectLiteral, Repository } from 'typeorm';

type Insertable<M extends ObjectLiteral> = Parameters<Repository<M>['insert']>[0];

/**
 * Inserts one object. Not `save()`: with a key of the caller's choice that would overwrite the row that has it.
 * Listeners and subscribers see the insert; to-many relations are linked afterwards.
 */
export async function insertObject<M extends ObjectLiteral>(
  repository: Repository<M>,
  values: DeepPartial<M>,
): Promise<M> {
  const object = repository.create(values);
  await repository.insert(object as Insertable<M>);
  const { metadata } = repository;
  for (const relation of metadata.manyToManyRelations) {
    const targets = relation.getEntityValue(object) as ObjectLiteral[] | undefined;
    if (targets && targets.length > 0)
      await repository.createQueryBuilder().relation(relation.propertyPath).of(object).add(targets);
  }
  return object;
}

/** Writes values to an object that was loaded; what is not among them stays. */
export async function saveObject<M extends ObjectLiteral>(
  repository: Repository<M>,
  object: M,
  values: object,
): Promise<void> {
  // Not `merge()`: it would write a new key into the related object that is loaded.
  Object.assign(object, values);
  await repository.save(object);
}

/** Links of many-to-many relations by exact keys: entities hold rounded ones on some drivers. */
import type { EntityMetadata, ObjectLiteral, Repository } from 'typeorm';
import type { NamedRow } from '../serialization/column-reader.js';
import type { Relation } from '../serialization/column-types.js';
import { exactKey, keyOfEntity, keyText, whereKeys } from '../serialization/keys.js';

/** Links exactly these targets to an object, which is named by its key. */
export async function relink<M extends ObjectLiteral>(
  repository: Repository<M>,
  relation: Relation,
  owner: ObjectLiteral,
  targets: readonly ObjectLiteral[],
): Promise<void> {
  const current = await linkedKeys(repository, relation, owner);
  const { primaryColumns } = relation.inverseEntityMetadata;
  const textOf = (target: ObjectLiteral): string =>
    keyText(keyOfEntity(repository.manager.connection, primaryColumns, target));
  const before = new Set(current.map(textOf));
  const after = new Set(targets.map(textOf));
  await repository
    .createQueryBuilder()
    .relation(relation.propertyPath)
    .of(owner)
    .addAndRemove(
      targets.filter((target) => !before.has(textOf(target))),
      current.filter((target) => !after.has(textOf(target))),
    );
}

/** The keys of what is linked, as objects. */
export async function linkedKeys<M extends ObjectLiteral>(
  { manager, metadata }: Repository<M>,
  relation: Relation,
  owner: ObjectLiteral,
): Promise<ObjectLiteral[]> {
  const { connection } = manager;
  const target: EntityMetadata = relation.inverseEntityMetadata;
  const query = manager
    .createQueryBuilder<ObjectLiteral>(metadata.target, 'owner')
    .innerJoin(`owner.${relation.propertyPath}`, 'item')
    .select([]);
  target.primaryColumns.forEach((column, index) =>
    query.addSelect(exactKey(connection, 'item', column), `key_${index}`),
  );
  whereKeys(query, 'owner', metadata.primaryColumns, [
    keyOfEntity(connection, metadata.primaryColumns, owner),
  ]);
  const rows = await query.getRawMany<NamedRow>();
  return rows.map(
    (row) =>
      Object.assign(
        {},
        ...target.primaryColumns.map((column, index) => column.createValueMap(row[`key_${index}`])),
      ) as ObjectLiteral,
  );
}

/** To-many relations of many objects at once: one query for each relation, whatever the number of objects. */
import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CallAccess } from './call-access.js';
import { exactKey, inChunks, keyText, whereKeys, type Key } from './keys.js';
import type { Draft, Pending, ToMany } from './read-parts.js';
import { applyScope } from './row-scope.js';
import { selectRows } from './select-rows.js';

/** Fills the lists of all messages that wait for them, then the lists inside of those. */
export async function loadToMany(pending: Pending, access: CallAccess): Promise<void> {
  for (const [relation, owners] of pending.owners) {
    const waiting = new Map<string, { key: Key; drafts: Draft[] }>();
    for (const { draft, row } of owners) {
      const key = relation.ownerKeys.map((slot) => row[slot]);
      const known = waiting.get(keyText(key));
      if (known) known.drafts.push(draft);
      else waiting.set(keyText(key), { key, drafts: [draft] });
    }
    const deeper: Pending = { owners: new Map(), loaded: pending.loaded };
    const width = relation.child.columns.length;
    for (const keys of inChunks([...waiting.values()].map(({ key }) => key))) {
      const query = await access.run(async (manager) => childQuery(manager, relation, keys, access.context));
      const rows = await selectRows(access, query);
      for (const row of rows) {
        const value = relation.child.read(row, deeper);
        const owner = waiting.get(keyText(row.slice(width)));
        for (const draft of owner?.drafts ?? []) (draft[relation.property] as unknown[]).push(value);
      }
    }
    await loadToMany(deeper, access);
  }
}

/** Children of many owners: the owners' table joined to the relation, whichever kind it is. */
function childQuery(
  manager: EntityManager,
  { relation, child, ownerColumns, scope }: ToMany,
  owners: readonly Key[],
  context: unknown,
): SelectQueryBuilder<ObjectLiteral> {
  const query = manager
    .createQueryBuilder<ObjectLiteral>(relation.entityMetadata.target, 'owner')
    .innerJoin(`owner.${relation.propertyPath}`, child.alias)
    .select([]);
  child.applyTo(query, context);
  ownerColumns.forEach((column, index) =>
    query.addSelect(exactKey(child.dataSource, 'owner', column), `owner_${index}`),
  );
  whereKeys(query, 'owner', ownerColumns, owners);
  if (scope) applyScope(query, child.alias, child.metadata, scope, context);
  for (const { propertyPath } of child.metadata.primaryColumns)
    query.addOrderBy(`${child.alias}.${propertyPath}`);
  return query;
}

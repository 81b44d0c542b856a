/**
 * Writes an object together with the related objects that its values nest: what the object refers to comes before
 * it, what refers to the object comes after.
 */
import type { DeepPartial, EntityManager, EntityMetadata, ObjectLiteral, Repository } from 'typeorm';
import { ValidationException } from '../errors/validation-exception.js';
import type { Relation } from '../serialization/column-types.js';
import type { CallAccess } from '../serialization/call-access.js';
import { doesNotExist, findTargets } from '../serialization/related.js';
import { linkedKeys } from './many-to-many.js';
import {
  inPlace,
  keyColumn,
  notAmong,
  one,
  presentIn,
  refersToParent,
  type Item,
  type Values,
} from './nested-items.js';
import type { NestedWrites } from './nested-writes.js';
import { insertObject, removeObject, updateObject } from './write-object.js';

/** Stores a new object, and what its values nest. */
export async function insertValues<M extends ObjectLiteral>(
  repository: Repository<M>,
  values: DeepPartial<M>,
  nested: readonly NestedWrites[],
  access: CallAccess,
): Promise<M> {
  if (nested.length === 0) return insertObject(repository, values);
  const writer = new NestedWriter(repository.manager, access);
  return (await writer.create(repository.metadata, values as Values, nested)) as M;
}

/**
 * Writes values to an object, and what they nest.
 *
 * @param key of the row, exact where the object's own is not
 */
export async function updateValues<M extends ObjectLiteral>(
  repository: Repository<M>,
  object: M,
  key: ObjectLiteral,
  values: object,
  nested: readonly NestedWrites[],
  access: CallAccess,
): Promise<void> {
  if (nested.length === 0) return updateObject(repository, object, key, values);
  const writer = new NestedWriter(repository.manager, access);
  await writer.update(repository.metadata, object, key, values as Values, nested);
}

class NestedWriter {
  constructor(
    private readonly manager: EntityManager,
    private readonly access: CallAccess,
  ) {}

  /** @throws ValidationException when values name an object that may not be related */
  async create(
    metadata: EntityMetadata,
    values: Values,
    nested: readonly NestedWrites[],
  ): Promise<ObjectLiteral> {
    const own: Record<string, unknown> = { ...values };
    for (const writes of presentIn(own, nested)) {
      const { propertyName } = writes.relation;
      const items = await this.itemsOf(writes, own[propertyName], []);
      if (refersToParent(writes.relation)) delete own[propertyName];
      else own[propertyName] = one(writes, await this.store(writes, items));
    }
    const object = await insertObject(this.repository(metadata), own as DeepPartial<ObjectLiteral>);
    for (const writes of presentIn(values, nested).filter(({ relation }) => refersToParent(relation))) {
      const items = await this.itemsOf(writes, values[writes.relation.propertyName], []);
      await this.store(writes, items, metadata.getEntityIdMap(object));
    }
    return object;
  }

  /**
   * @param key of the row, exact where the object's own is not
   * @throws ValidationException when values name an object that may not be related
   */
  async update(
    metadata: EntityMetadata,
    object: ObjectLiteral,
    key: ObjectLiteral,
    values: Values,
    nested: readonly NestedWrites[],
  ): Promise<void> {
    const own: Record<string, unknown> = { ...values };
    for (const writes of presentIn(own, nested)) {
      const { relation } = writes;
      const value = own[relation.propertyName];
      delete own[relation.propertyName];
      const current = await this.currentOf(metadata, writes, key);
      const items = await this.itemsOf(writes, value, current);
      if (refersToParent(relation)) {
        await this.dropOrphans(writes, items, current);
        await this.store(writes, items, key);
      } else if (relation.isManyToMany) {
        const stored = await this.store(writes, items);
        const added = stored.filter((_reference, index) => !items[index]?.related);
        const gone = writes.allowed.has('remove') ? notAmong(relation, current, items) : [];
        await this.relationOf(metadata, relation, key).addAndRemove(added, gone);
      } else {
        own[relation.propertyName] = one(writes, await this.store(writes, items));
      }
    }
    if (Object.keys(own).length > 0) await updateObject(this.repository(metadata), object, key, own);
  }

  /** Stores the items; gives references to them. */
  private async store(
    writes: NestedWrites,
    items: readonly Item[],
    parent?: ObjectLiteral,
  ): Promise<ObjectLiteral[]> {
    const { relation } = writes;
    const back =
      parent && relation.inverseRelation ? { [relation.inverseRelation.propertyName]: parent } : {};
    const references: ObjectLiteral[] = [];
    for (const [index, item] of items.entries()) {
      try {
        references.push(await this.storeOne(writes, item, back));
      } catch (error) {
        if (!(error instanceof ValidationException)) throw error;
        throw inPlace(writes, items, (each) => (each === items[index] ? error.errors : undefined));
      }
    }
    return references;
  }

  private async storeOne(
    { relation, nested }: NestedWrites,
    item: Item,
    back: Values,
  ): Promise<ObjectLiteral> {
    const target = relation.inverseEntityMetadata;
    const { key, related, values } = item;
    if (!key) {
      const created = await this.create(target, { ...values, ...back }, nested);
      return target.getEntityIdMap(created) as ObjectLiteral;
    }
    const changes = Object.fromEntries(
      Object.entries({ ...values, ...(related ? {} : back) }).filter(([property]) => !(property in key)),
    );
    if (Object.keys(changes).length > 0) {
      const object = await this.repository(target).findOneByOrFail(key);
      await this.update(target, object, key, changes, nested);
    }
    return key;
  }

  /** Children that no longer belong to the object, as their model says. */
  private async dropOrphans(
    writes: NestedWrites,
    items: readonly Item[],
    current: readonly ObjectLiteral[],
  ): Promise<void> {
    const { inverseRelation: inverse, inverseEntityMetadata: target } = writes.relation;
    if (!inverse || !writes.allowed.has('remove') || inverse.orphanedRowAction === 'disable') return;
    const repository = this.repository(target);
    for (const key of notAmong(writes.relation, current, items)) {
      const orphan = await repository.findOneByOrFail(key);
      const { orphanedRowAction } = inverse;
      if (orphanedRowAction === 'soft-delete') await repository.softRemove(orphan);
      else if (orphanedRowAction === 'delete' || !inverse.isNullable)
        await removeObject(repository, orphan, key);
      else await updateObject(repository, orphan, key, { [inverse.propertyName]: null });
    }
  }

  private async itemsOf(
    writes: NestedWrites,
    value: unknown,
    current: readonly ObjectLiteral[],
  ): Promise<readonly Item[]> {
    const { relation, many, allowed } = writes;
    const column = keyColumn(relation);
    const list = (many ? value : value === null ? [] : [value]) as readonly Values[];
    const keys = list.map((values): unknown => column.getEntityValue(values));
    const existing = await this.existing(writes, keys);
    const items = list.map((values, index): Item => {
      const key = keys[index];
      const only = many || key !== undefined || !allowed.has('replace') ? undefined : current[0];
      if (only) return { values, key: column.getEntityValueMap(only) as ObjectLiteral, related: true };
      if (!existing(key)) return { values, key: undefined, related: false };
      const related = current.some((each) => String(column.getEntityValue(each)) === String(key));
      return { values, key: column.createValueMap(key), related };
    });
    const refused = ({ key, related }: Item): boolean =>
      key !== undefined && !related && !allowed.has('connect');
    if (items.some(refused))
      throw inPlace(writes, items, (item) =>
        refused(item)
          ? { [writes.keyName]: [doesNotExist(relation, column, column.getEntityValue(item.values))] }
          : undefined,
      );
    return items;
  }

  /** A generated key stands for an object; one of the caller's choice may be meant for a new one. */
  private async existing(
    { relation, allowed }: NestedWrites,
    keys: readonly unknown[],
  ): Promise<(key: unknown) => boolean> {
    const column = keyColumn(relation);
    if (column.isGenerated || !allowed.has('create')) return (key) => key !== undefined && key !== null;
    const known = keys.filter((key) => key !== undefined && key !== null);
    const targets = await findTargets({ relation, column, scope: undefined }, known, this.access);
    return (key) => targets.has(key);
  }

  /** The keys of what is related now, as far as the caller can see it: the rest is none of its business, and stays. */
  private async currentOf(
    metadata: EntityMetadata,
    { relation, scope }: NestedWrites,
    key: ObjectLiteral,
  ): Promise<ObjectLiteral[]> {
    const current = await linkedKeys(this.repository(metadata), relation, key);
    if (!scope) return current;
    const column = keyColumn(relation);
    const keyOf = (each: ObjectLiteral): unknown => column.getEntityValue(each);
    const visible = await findTargets({ relation, column, scope }, current.map(keyOf), this.access);
    return current.filter((each) => visible.has(keyOf(each)));
  }

  private relationOf(metadata: EntityMetadata, relation: Relation, key: ObjectLiteral) {
    return this.manager.createQueryBuilder().relation(metadata.target, relation.propertyPath).of(key);
  }

  private repository(metadata: EntityMetadata): Repository<ObjectLiteral> {
    return this.manager.getRepository<ObjectLiteral>(metadata.target);
  }
}

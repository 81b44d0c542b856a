/**
 * The writes of the CRUD actions in terms of TypeORM. Where nobody listens, one statement does it; entities with
 * listeners, subscribers or cascades for an event go through TypeORM's own entity path, which honours them.
 */
import { GrpcAlreadyExistsException, GrpcUnimplementedException } from '@nestjs/microservices';
import {
  EntityNotFoundError,
  type DataSource,
  type DeepPartial,
  type EntityMetadata,
  type ObjectLiteral,
  type Repository,
} from 'typeorm';
import { relink } from './many-to-many.js';
import { isSqlite } from '../serialization/column-reader.js';
import { isHeard } from '../serialization/listeners.js';

type Insertable<M extends ObjectLiteral> = Parameters<Repository<M>['insert']>[0];

/** Why a write goes through TypeORM's entity path; undefined: one statement does it. */
export function whyEntities(
  dataSource: DataSource,
  metadata: EntityMetadata,
  write: 'insert' | 'update' | 'remove',
): string | undefined {
  const soft = metadata.deleteDateColumn !== undefined;
  const cascade = metadata.relations.find((relation) => {
    if (write === 'insert') return relation.isCascadeInsert;
    if (write === 'update') return relation.isCascadeUpdate;
    return soft ? relation.isCascadeSoftRemove : relation.isCascadeRemove;
  });
  if (metadata.treeType) return 'its tree is kept';
  if (cascade) return `"${cascade.propertyName}" cascades`;
  // An insert is told to listeners and subscribers in either case.
  if (write === 'insert') return undefined;
  const event = write === 'update' ? 'Update' : soft ? 'SoftRemove' : 'Remove';
  return isHeard(dataSource, metadata, `before${event}`, `after${event}`) ? 'it is listened to' : undefined;
}

/** Inserts one object, and links its many-to-many relations. */
export async function insertObject<M extends ObjectLiteral>(
  repository: Repository<M>,
  values: DeepPartial<M>,
): Promise<M> {
  const { metadata } = repository;
  const object = repository.create(values);
  if (whyEntities(repository.manager.connection, metadata, 'insert')) {
    await assertNew(repository, object);
    return repository.save(object);
  }
  const given = metadata.getEntityIdMap(object);
  const links = takeLinks(metadata, object);
  await repository.insert(object as Insertable<M>);
  // What TypeORM reads back of a key that was given may be rounded.
  Object.assign(object, given, Object.fromEntries(links));
  for (const [property, targets] of links)
    if (targets.length > 0)
      await repository
        .createQueryBuilder()
        .relation(property)
        .of(object)
        .add([...targets]);
  return object;
}

/**
 * Writes values to an object that was loaded; what is not among them stays.
 *
 * @param key of the row, exact where the object's own is not
 * @throws EntityNotFoundError when the row is gone in the meantime
 */
export async function updateObject<M extends ObjectLiteral>(
  repository: Repository<M>,
  object: M,
  key: ObjectLiteral,
  values: object,
): Promise<void> {
  assign(repository.metadata, object, values);
  const { metadata } = repository;
  if (whyEntities(repository.manager.connection, metadata, 'update')) {
    assertExactKey(metadata, object);
    await assertThere(repository, key);
    await repository.save(object);
    return;
  }
  const own = Object.entries(values).filter(([property, value]) => isOwn(metadata, property, value));
  const touched = metadata.versionColumn ?? metadata.updateDateColumn;
  if (own.length > 0 || (touched && Object.keys(values).length > 0)) {
    const query = repository
      .createQueryBuilder()
      .update()
      // TypeORM raises versions and dates with whatever is set: the key, where only links change.
      .set((own.length > 0 ? Object.fromEntries(own) : key) as never)
      .whereInIds([key]);
    const { affected } = await query.execute();
    if (affected === 0) await assertThere(repository, key);
  }
  for (const relation of metadata.manyToManyRelations) {
    const targets = relation.getEntityValue(values) as ObjectLiteral[] | undefined;
    if (targets) await relink(repository, relation, key, targets);
  }
}

/** Removes an object, or marks it as removed where the model has a column for that. */
export async function removeObject<M extends ObjectLiteral>(
  repository: Repository<M>,
  object: M,
  key: ObjectLiteral,
): Promise<void> {
  const { metadata } = repository;
  const soft = metadata.deleteDateColumn !== undefined;
  if (whyEntities(repository.manager.connection, metadata, 'remove')) {
    assertExactKey(metadata, object);
    await (soft ? repository.softRemove(object) : repository.remove(object));
    return;
  }
  const query = repository.createQueryBuilder();
  const { affected } = await (soft ? query.softDelete() : query.delete()).whereInIds([key]).execute();
  if (affected === 0) await assertThere(repository, key);
}

/** `save()` overwrites the row that has the key: with one of the caller's choice a create would be an update. */
async function assertNew<M extends ObjectLiteral>(repository: Repository<M>, object: M): Promise<void> {
  const { metadata } = repository;
  const key = metadata.getEntityIdMap(object);
  if (key && (await repository.exists({ where: key as never, withDeleted: true })))
    throw new GrpcAlreadyExistsException(`${metadata.name}: an object with this key already exists.`);
}

/** TypeORM finds the rows of entities by their keys, which SQLite's driver rounds to 53 bits: it would take another. */
function assertExactKey(metadata: EntityMetadata, object: ObjectLiteral): void {
  for (const column of metadata.primaryColumns) {
    const value: unknown = column.getEntityValue(object);
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new GrpcUnimplementedException(
        `${metadata.name}: keys above 2^53 cannot be written on this database when the model has listeners, subscribers or cascades.`,
      );
  }
}

/** What stands in the object's own row. Values of fields without a column are for the hooks. */
function isOwn(metadata: EntityMetadata, property: string, value: unknown): boolean {
  const relation = metadata.findRelationWithPropertyPath(property);
  if (relation) return !relation.isManyToMany && !relation.isOneToMany;
  if (metadata.findColumnWithPropertyPath(property)) return true;
  // An embedded object of which nothing was sent writes nothing.
  return isEmbedded(metadata, property) && Object.keys(value as object).length > 0;
}

function isEmbedded({ embeddeds }: EntityMetadata, property: string): boolean {
  return embeddeds.some(({ propertyName }) => propertyName === property);
}

/** Of an embedded object only what was sent changes. Not `merge()`: it would write a key into a related object. */
function assign(metadata: EntityMetadata, object: ObjectLiteral, values: object): void {
  for (const [property, value] of Object.entries(values)) {
    const inner: unknown = object[property];
    if (isEmbedded(metadata, property) && inner) Object.assign(inner, value);
    else object[property] = value;
  }
}

/** Takes the many-to-many relations out of an object: an INSERT has no columns for them. */
function takeLinks(metadata: EntityMetadata, object: ObjectLiteral): [string, readonly ObjectLiteral[]][] {
  return metadata.manyToManyRelations.flatMap(({ propertyName }) => {
    const targets = object[propertyName] as readonly ObjectLiteral[] | undefined;
    delete object[propertyName];
    return targets ? [[propertyName, targets] as [string, readonly ObjectLiteral[]]] : [];
  });
}

/**
 * `save()` would insert a row that vanished meanwhile; a lock keeps it until the write. A row that is there after a write to
 * which there was none was kept by a trigger.
 */
async function assertThere<M extends ObjectLiteral>(
  repository: Repository<M>,
  key: ObjectLiteral,
): Promise<void> {
  const query = repository.createQueryBuilder('locked').select('1', 'there').whereInIds([key]).withDeleted();
  if (!isSqlite(repository.manager.connection)) query.setLock('pessimistic_write');
  if (!(await query.getRawOne())) throw new EntityNotFoundError(repository.metadata.target, key);
}

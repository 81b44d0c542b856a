/**
 * Rows -> messages: exactly the columns a serializer needs, to-one relations by join, to-many relations by one
 * query each for a whole page. Entities are made only for models whose loading somebody hears.
 */
import type { DataSource, EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { readColumn, type RawRow } from './column-reader.js';
import type { Column } from './column-types.js';
import { finishEntities, whyEntities } from './entity-loader.js';
import type { CallAccess } from './call-access.js';
import { applyScope, type FindScope } from './row-scope.js';
import { ReadTree, type Draft, type Pending, type ToMany } from './read-node.js';
import type { SerializerShape } from './shape.js';
import type { Shapes } from './shapes.js';

export type Query = SelectQueryBuilder<ObjectLiteral>;

/** Rows of one chunk of a stream. */
export const STREAM_CHUNK = 500;

export class ReadPlan {
  /** Why rows become entities on their way into messages; undefined: they do not. */
  readonly whyEntities: string | undefined;
  private readonly tree: ReadTree;

  constructor(
    dataSource: DataSource,
    shapes: Shapes,
    shape: SerializerShape,
    readonly alias: string,
    scopeOf: FindScope,
  ) {
    this.whyEntities = whyEntities(dataSource, shapes, shape);
    this.tree = ReadTree.ofSerializer(
      { dataSource, shapes, scopeOf, withEntities: this.whyEntities !== undefined },
      shape,
      alias,
    );
  }

  /** Messages of all rows of a query, ordered by key where the query has no order of its own. */
  async read(query: Query, access: CallAccess): Promise<Draft[]> {
    return this.toMessages(await this.select(query, access), access);
  }

  /**
   * Messages of the rows with the given keys, in the order of the keys.
   *
   * @param query selects these rows and may give them in any order
   * @throws Error when a row is gone
   */
  async readByKeys(query: Query, keys: readonly ObjectLiteral[], access: CallAccess): Promise<Draft[]> {
    const rows = await this.select(query, access);
    const messages = await this.toMessages(rows, access);
    if (keys.length === 1 && messages.length === 1) return messages;
    const { metadata, keys: aliases, dataSource } = this.tree;
    const textOf = (value: (index: number) => unknown): string =>
      metadata.primaryColumns.map((_column, index) => String(value(index))).join('\u0000');
    const byKey = new Map(
      rows.map((row, at) => [
        textOf((index) =>
          dataSource.driver.prepareHydratedValue(
            row[aliases[index] as string],
            metadata.primaryColumns[index] as Column,
          ),
        ),
        messages[at],
      ]),
    );
    return keys.map((key) => {
      const message = byKey.get(textOf((index) => metadata.primaryColumns[index]?.getEntityValue(key)));
      if (!message) throw new Error(`${metadata.name}: a row to serialize is gone`);
      return message;
    });
  }

  /**
   * Messages one by one, fetched in chunks of 500 rows only when asked for. Chunks are cut by key, so that the
   * last costs what the first costs; a query with an order of its own is cut by offset. Rows are read at
   * different moments: the stream is no snapshot.
   */
  async *stream(
    query: Query,
    access: CallAccess,
    chunk = STREAM_CHUNK,
  ): AsyncGenerator<Draft, void, undefined> {
    const ordered = hasOrder(query);
    let rows: RawRow[] = [];
    for (let offset = 0; offset === 0 || rows.length === chunk; offset += chunk) {
      const next = query.clone().limit(chunk);
      if (ordered) next.offset(offset);
      else if (rows.length > 0) this.after(next, rows.at(-1) as RawRow);
      rows = await this.select(next, access);
      yield* await this.toMessages(rows, access);
    }
  }

  private select(query: Query, access: CallAccess): Promise<RawRow[]> {
    const { metadata } = this.tree;
    if (!hasOrder(query))
      for (const column of metadata.primaryColumns) query.addOrderBy(`${query.alias}.${column.propertyPath}`);
    query.select([]);
    this.tree.applyTo(query, access.context);
    return access.run(() => query.getRawMany<RawRow>());
  }

  /** Continues behind a row: `key > last`, part by part for composite keys. */
  private after(query: Query, last: RawRow): void {
    const columns = this.tree.metadata.primaryColumns;
    const parts = columns.map((column, index) => {
      const path = `${query.alias}.${column.propertyPath}`;
      const equal = columns
        .slice(0, index)
        .map((before, at) => `${query.alias}.${before.propertyPath} = :after${at}`);
      return `(${[...equal, `${path} > :after${index}`].join(' AND ')})`;
    });
    query.andWhere(`(${parts.join(' OR ')})`);
    columns.forEach((_column, index) =>
      query.setParameter(`after${index}`, last[this.tree.keys[index] as string]),
    );
  }

  private async toMessages(rows: readonly RawRow[], access: CallAccess): Promise<Draft[]> {
    const pending: Pending = { owners: new Map(), loaded: [] };
    const messages = rows.map((row) => this.tree.read(row, pending) as Draft);
    await loadToMany(pending, access);
    if (this.whyEntities) await finishEntities(this.tree.metadata, messages, pending.loaded, access);
    return messages;
  }
}

/** One query for each to-many relation, then for theirs. */
async function loadToMany(pending: Pending, access: CallAccess): Promise<void> {
  for (const [relation, owners] of pending.owners) {
    const byKey = new Map<string, Draft[]>();
    for (const { draft, row } of owners) {
      const key = keyOf(relation.ownerKeys, row);
      byKey.set(key, [...(byKey.get(key) ?? []), draft]);
    }
    const unique = new Map(owners.map(({ row }) => [keyOf(relation.ownerKeys, row), row]));
    const rows = await access.run((manager) =>
      childQuery(manager, relation, [...unique.values()], access.context).getRawMany<RawRow>(),
    );
    const deeper: Pending = { owners: new Map(), loaded: pending.loaded };
    const ownerAliases = relation.ownerColumns.map((_column, index) => ownerAlias(index));
    for (const row of rows) {
      const value = relation.child.read(row, deeper);
      for (const draft of byKey.get(keyOf(ownerAliases, row)) ?? [])
        (draft[relation.property] as unknown[]).push(value);
    }
    await loadToMany(deeper, access);
  }
}

/** Children of many owners at once: the owners' table joined to the relation, whichever kind it is. */
function childQuery(
  manager: EntityManager,
  toMany: ToMany,
  owners: readonly RawRow[],
  context: unknown,
): Query {
  const { relation, child, ownerColumns, ownerKeys, scope } = toMany;
  const query = manager
    .createQueryBuilder<ObjectLiteral>(relation.entityMetadata.target, 'owner')
    .innerJoin(`owner.${relation.propertyPath}`, child.alias)
    .select([]);
  ownerColumns.forEach((column, index) =>
    query.addSelect(readColumn(child.dataSource, 'owner', column).select, ownerAlias(index)),
  );
  child.applyTo(query, context);
  const [single, ...more] = ownerColumns;
  if (single && more.length === 0) {
    query.where(`owner.${single.propertyPath} IN (:...owners)`, {
      owners: owners.map((row) => row[ownerKeys[0] as string]),
    });
  } else {
    const parts = owners.map(
      (_row, at) =>
        `(${ownerColumns.map((column, index) => `owner.${column.propertyPath} = :owner${at}_${index}`).join(' AND ')})`,
    );
    query.where(`(${parts.join(' OR ')})`);
    owners.forEach((row, at) =>
      ownerKeys.forEach((key, index) => query.setParameter(`owner${at}_${index}`, row[key])),
    );
  }
  if (scope) applyScope(query, child.alias, child.metadata, scope, context);
  for (const column of child.metadata.primaryColumns)
    query.addOrderBy(`${child.alias}.${column.propertyPath}`);
  return query;
}

function ownerAlias(index: number): string {
  return `owner_${index}`;
}

function keyOf(aliases: readonly string[], row: RawRow): string {
  return aliases.map((alias) => String(row[alias])).join('\u0000');
}

function hasOrder(query: Query): boolean {
  return Object.keys(query.expressionMap.orderBys).length > 0;
}

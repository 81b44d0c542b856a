/** Rows of a model as entities, for hooks and applications that work on objects. */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CallAccess } from '../serialization/call-access.js';
import type { NamedRow, RawRow } from '../serialization/column-reader.js';
import {
  exactKey,
  inChunks,
  isRounded,
  keyOfEntity,
  keyText,
  whereKeys,
  type Key,
} from '../serialization/keys.js';
import type { MaybePromise } from '../serialization/maybe-promise.js';
import { orderByKey } from '../serialization/query-shape.js';
import { selectRows, type RowWindow } from '../serialization/select-rows.js';
import type { RowReader } from '../serialization/row-reader.js';
import type { CompiledModel } from './compiled-controller.js';

type Query = SelectQueryBuilder<ObjectLiteral>;

interface KeepsKeys<M> {
  keep(object: M, key: ObjectLiteral): void;
}

/** An object and its key as the database has it: the one that TypeORM gives an object may be rounded. */
type Found<M> = readonly [key: Key, object: M];

export class EntityRows<M extends ObjectLiteral> implements RowReader<M> {
  /**
   * @param create a query of the model without conditions
   * @param keep learns the key of each object, exact where the object's own is not
   */
  constructor(
    private readonly model: CompiledModel,
    readonly keysOf: RowReader<M>['keysOf'],
    private readonly create: () => Query,
    private readonly keep: KeepsKeys<M>['keep'],
  ) {}

  select(query: Query): void {
    const { metadata, dataSource } = this.model;
    query.select([]);
    metadata.primaryColumns.forEach((column, index) =>
      query.addSelect(exactKey(dataSource, query.alias, column), `key_${index}`),
    );
  }

  rows(query: Query, access: CallAccess, window?: RowWindow): MaybePromise<readonly RawRow[]> {
    const full = query.clone();
    orderByKey(full);
    this.select(full);
    return selectRows(access, full, window);
  }

  toItems(rows: readonly RawRow[], access: CallAccess): Promise<M[]> {
    const { primaryColumns } = this.model.metadata;
    return this.readByKeys(
      rows.map((row) => row.slice(0, primaryColumns.length)),
      access,
    );
  }

  /** Rows that are gone meanwhile are left out. */
  async readByKeys(
    keys: readonly Key[],
    access: CallAccess,
    { withDeleted = false }: { readonly withDeleted?: boolean } = {},
  ): Promise<M[]> {
    const byKey = new Map<string, M>();
    for (const chunk of inChunks(keys))
      for (const [key, object] of await this.find(chunk, access, withDeleted))
        byKey.set(keyText(key), object);
    return keys.flatMap((key) => byKey.get(keyText(key)) ?? []);
  }

  private async find(keys: readonly Key[], access: CallAccess, withDeleted: boolean): Promise<Found<M>[]> {
    const { metadata, dataSource, alias } = this.model;
    const { primaryColumns } = metadata;
    const query = this.create();
    if (withDeleted) query.withDeleted();
    whereKeys(query, alias, primaryColumns, keys);
    if (!primaryColumns.some((column) => isRounded(dataSource, column))) {
      const objects = (await access.run(() => query.getMany())) as M[];
      return objects.map((object) => [keyOfEntity(dataSource, primaryColumns, object), object]);
    }
    primaryColumns.forEach((column, part) =>
      query.addSelect(exactKey(dataSource, alias, column), `exact_${part}`),
    );
    const { entities, raw } = await access.run(() => query.getRawAndEntities<NamedRow>());
    // TypeORM makes one object of rows whose keys are the same once they are rounded.
    if (raw.length !== entities.length && keys.length > 1) {
      const apart = [];
      for (const key of keys) apart.push(...(await this.find([key], access, withDeleted)));
      return apart;
    }
    return entities.map((entity, index) => {
      const key = primaryColumns.map((_column, part) => raw[index]?.[`exact_${part}`]);
      return [key, this.kept(entity as M, key)];
    });
  }

  private kept(object: M, key: Key): M {
    const parts = this.model.metadata.primaryColumns.map((column, part) => column.createValueMap(key[part]));
    this.keep(object, Object.assign({}, ...parts) as ObjectLiteral);
    return object;
  }
}

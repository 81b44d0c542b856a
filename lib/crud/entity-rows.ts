/** Rows of a model as entities, for hooks and applications that work on objects. */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CallAccess } from '../serialization/call-access.js';
import type { RawRow } from '../serialization/column-reader.js';
import { exactKey, inChunks, keyOfEntity, keyText, whereKeys, type Key } from '../serialization/keys.js';
import { orderByKey } from '../serialization/query-shape.js';
import { selectRows, type RowWindow } from '../serialization/select-rows.js';
import type { RowReader } from '../serialization/row-reader.js';
import type { CompiledModel } from './compiled-controller.js';

type Query = SelectQueryBuilder<ObjectLiteral>;

export class EntityRows<M extends ObjectLiteral> implements RowReader<M> {
  /** @param create a query of the model without conditions */
  constructor(
    private readonly model: CompiledModel,
    readonly keysOf: RowReader<M>['keysOf'],
    private readonly create: () => Query,
  ) {}

  select(query: Query): void {
    const { metadata, dataSource } = this.model;
    query.select([]);
    metadata.primaryColumns.forEach((column, index) =>
      query.addSelect(exactKey(dataSource, query.alias, column), `key_${index}`),
    );
  }

  rows(query: Query, access: CallAccess, window?: RowWindow): Promise<readonly RawRow[]> {
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
    const { metadata, dataSource, alias } = this.model;
    const byKey = new Map<string, M>();
    for (const chunk of inChunks(keys)) {
      const query = this.create();
      if (withDeleted) query.withDeleted();
      whereKeys(query, alias, metadata.primaryColumns, chunk);
      const objects = (await access.run(() => query.getMany())) as M[];
      for (const object of objects)
        byKey.set(keyText(keyOfEntity(dataSource, metadata.primaryColumns, object)), object);
    }
    return keys.flatMap((key) => byKey.get(keyText(key)) ?? []);
  }
}

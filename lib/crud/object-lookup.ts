/** Finds the one object that a request names by its lookup fields. */
import { GrpcInternalException, GrpcNotFoundException } from '@nestjs/microservices';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { isDataException } from '../errors/database-errors.js';
import { clip, ECHO_LENGTH } from '../errors/text.js';
import type { GrpcContext } from '../request/grpc-context.js';
import type { Column } from '../serialization/column-types.js';
import { InvalidValue } from '../serialization/input-values.js';
import { exactKey, isRounded } from '../serialization/keys.js';
import { isPromise, type MaybePromise } from '../serialization/maybe-promise.js';
import { withoutLimits } from '../serialization/query-shape.js';
import type { CompiledModel } from './compiled-controller.js';
import type { Message } from './generic-controller.js';

export interface FoundObject<M> {
  readonly object: M;
  /** Exact where the object's own is not. */
  readonly key: ObjectLiteral;
}

/** A value that a column must have, and the name under which a query binds it. */
export interface WantedValue {
  readonly name: string;
  readonly column: Column;
  readonly value: unknown;
}

export class ObjectLookup<M extends ObjectLiteral> {
  constructor(
    private readonly controller: string,
    private readonly model: CompiledModel,
  ) {}

  /** Adds the condition that a row is the one that the request names. */
  narrow(query: SelectQueryBuilder<M>, request: Message): SelectQueryBuilder<M> {
    withoutLimits(query);
    for (const { name, column, value } of this.wanted(request))
      query.andWhere(`${this.model.alias}.${column.propertyPath} = :${name}`, { [name]: value });
    return query;
  }

  /**
   * What the lookup columns must be.
   *
   * @throws GrpcNotFoundException when the key cannot be one
   */
  wanted(request: Message): readonly WantedValue[] {
    return this.model.lookup.map(({ property, column, convert }, index) => {
      const value = convert(request[property] ?? '');
      if (value instanceof InvalidValue) throw this.notFound(request);
      return { name: `lookup${index}`, column, value };
    });
  }

  /** TypeORM rounds some keys in entities; these are selected once more as they are. */
  async one(query: SelectQueryBuilder<M>): Promise<FoundObject<M> | undefined> {
    const { metadata, dataSource, alias } = this.model;
    const rounded = metadata.primaryColumns.filter((column) => isRounded(dataSource, column));
    rounded.forEach((column, index) => query.addSelect(exactKey(dataSource, alias, column), `exact${index}`));
    const { entities, raw } = await query.getRawAndEntities<Record<string, unknown>>();
    const [object] = entities;
    if (!object) return undefined;
    const exact = rounded.map((column, index) => column.createValueMap(raw[0]?.[`exact${index}`]));
    return { object, key: Object.assign({}, metadata.getEntityIdMap(object), ...exact) as ObjectLiteral };
  }

  /** @throws GrpcNotFoundException when nothing is found, or the key cannot be one */
  find<T>(request: Message, search: () => MaybePromise<T | null | undefined>): MaybePromise<T> {
    const seen = (found: T | null | undefined): T => {
      if (found === null || found === undefined) throw this.notFound(request);
      return found;
    };
    // A key that the column's type cannot hold belongs to no row.
    const failed = (error: unknown): never => {
      throw isDataException(error) ? this.notFound(request) : error;
    };
    let found: MaybePromise<T | null | undefined>;
    try {
      found = search();
    } catch (error) {
      return failed(error);
    }
    return isPromise(found) ? found.then(seen, failed) : seen(found);
  }

  /** The request of a call that has a single one. */
  requestOf(ctx: GrpcContext): Message {
    if (typeof ctx.request === 'object' && ctx.request !== null) return ctx.request as Message;
    throw new GrpcInternalException(
      `${this.controller}.${ctx.action}: takes a stream of requests, so no single one of them names an object. Name it: getObject(ctx, { id }).`,
    );
  }

  private notFound(request: Message): GrpcNotFoundException {
    const key = this.model.lookup
      .map(({ property }) => clip(String(request[property] ?? ''), ECHO_LENGTH))
      .join(', ');
    return new GrpcNotFoundException(`${this.model.metadata.name}: ${key} not found!`);
  }
}

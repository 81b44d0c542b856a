import type { Type } from '@nestjs/common';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { GrpcContext } from '../request/grpc-context.js';
import type { Listing } from './listing.js';

/**
 * Turns what a request asks for into conditions or an order. Shipped: `FieldFilter`, `SearchFilter`, `OrderingFilter`;
 * extend it for a kind of its own. Backends run one after the other; what one adds holds beside the conditions of the
 * others, whatever it adds. One instance serves all calls; it is the provider of that class if there is one. See DRF
 * `BaseFilterBackend`.
 *
 * @example
 * class NearFilter extends FilterBackend {
 *   static override readonly parameters = ['near'];
 *   filterQuery<M extends ObjectLiteral>(query: SelectQueryBuilder<M>, ctx: GrpcContext) {
 *     const near = ctx.parameters.get('near');
 *     return near === undefined ? query : query.andWhere(`${query.alias}.place = :near`, { near: String(near) });
 *   }
 * }
 */
export abstract class FilterBackend {
  /** Names of the parameters that it reads: others are refused, and these are listed in the `.proto`. Default: none. */
  static readonly parameters: readonly string[] = [];

  /**
   * @param query to be narrowed; its alias is `query.alias`
   * @param listing what the controller allows to ask
   */
  abstract filterQuery<M extends ObjectLiteral>(
    query: SelectQueryBuilder<M>,
    ctx: GrpcContext,
    listing: Listing,
  ): SelectQueryBuilder<M> | Promise<SelectQueryBuilder<M>>;
}

/** A filter backend's class, as options take it. */
export type FilterBackendClass = Type<FilterBackend> & { readonly parameters?: readonly string[] };

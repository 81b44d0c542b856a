import { FilterBackend, type GrpcContext } from 'nestjs-socio-grpc';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { callerOf } from '../auth/caller.js';

/** `{"mine": true}`: what the caller owns. A filter whose value is the call, so no path of the model can say it. */
export class MineFilter extends FilterBackend {
  static override readonly parameters: readonly string[] = ['mine'];

  override filterQuery<M extends ObjectLiteral>(query: SelectQueryBuilder<M>, ctx: GrpcContext) {
    if (ctx.parameters.get('mine') !== true) return query;
    return query.andWhere(`${query.alias}.ownerId = :caller`, { caller: callerOf(ctx).id });
  }
}

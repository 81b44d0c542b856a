import type { Type } from '@nestjs/common';
import type { FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { GrpcContext } from './grpc-context.js';

/**
 * Which rows of a model a caller can see at all; the others do not exist for it. On a controller it reaches all reads,
 * writes and streams, and custom actions through `getQuery()` and `getObject()`; on `@Nested()` and `@Related()` what
 * is nested, which keys are shown and which may be written. One instance serves all calls.
 *
 * @example
 * \@Injectable()
 * class OwnPosts implements Scope<Post> {
 *   where(ctx: GrpcContext) {
 *     const { id, admin } = ctx.user as User;
 *     return admin ? {} : [{ user: { id } }, { public: true }];
 *   }
 * }
 */
export interface Scope<M extends ObjectLiteral> {
  /**
   * TypeORM's conditions: `{}` shows everything, a list shows what fits one of its members, `[]` nothing. Null and
   * undefined values are an error (INTERNAL, logged), since TypeORM would leave such a condition out: use `IsNull()`.
   */
  where(ctx: GrpcContext): FindOptionsWhere<M> | readonly FindOptionsWhere<M>[];
}

/** A scope's class, as options take it. */
// oxlint-disable-next-line typescript/no-explicit-any -- the compiler cannot know the model everywhere
export type ScopeClass = Type<Scope<any>>;

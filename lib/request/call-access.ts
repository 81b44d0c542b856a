import type { CallAccess } from '../serialization/call-access.js';
import type { GrpcContext } from './grpc-context.js';

/** The call as reading and validating see it. */
export function callAccess(ctx: GrpcContext): CallAccess {
  return {
    context: ctx,
    run: (statement) => ctx.callDatabase.statement(statement),
    rows: (sql, values, names) => ctx.callDatabase.rows(sql, values, names),
  };
}

import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { status as Status } from '@grpc/grpc-js';
import { tap, type Observable } from 'rxjs';
import type { GrpcStatus } from '../errors/grpc-status.js';
import { toGrpcStatus } from '../errors/to-grpc-status.js';
import { causeOf } from './exception-interceptor.js';
import { ForeignCallSettings, foreignContext, IS_LOGGED } from './foreign-call.js';
import { GrpcContext } from './grpc-context.js';

const OK: GrpcStatus = { code: Status.OK, message: '', details: undefined };
const CANCELLED: GrpcStatus = {
  code: Status.CANCELLED,
  message: 'the call was cancelled',
  details: undefined,
};

/**
 * The call log for controllers written by hand: one line for each finished call, a stream's after its last message, as
 * the option `logging` says. What a guard refuses never reaches an interceptor and is not logged. Our own controllers need
 * it not: their log is around the whole call.
 *
 * @example
 * \@Controller()
 * \@UseInterceptors(LoggingInterceptor, ExceptionInterceptor)
 * class ClockController {
 *   \@GrpcMethod('Clock', 'Now') now() { return { text: new Date().toISOString() }; }
 * }
 */
@Injectable()
export class LoggingInterceptor implements NestInterceptor {
  /** @internal */
  constructor(private readonly settings: ForeignCallSettings) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (GrpcContext.current()) return next.handle();
    const { conventions, log } = this.settings;
    const ctx = foreignContext(execution, conventions);
    ctx.values.set(IS_LOGGED, true);
    const started = performance.now();
    const finished = (status: GrpcStatus): void => log.finished(ctx, status, started);
    return next.handle().pipe(
      tap({
        error: (error: unknown) => finished(toGrpcStatus(causeOf(error), { style: conventions })),
        complete: () => finished(OK),
        unsubscribe: () => finished(CANCELLED),
      }),
    );
  }
}

import {
  HttpException,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, throwError, type Observable } from 'rxjs';
import type { GrpcStatus } from '../errors/grpc-status.js';
import { httpAnswer } from '../errors/http-answer.js';
import { toGrpcStatus } from '../errors/to-grpc-status.js';
import { detailsOf } from '../errors/with-details.js';
import { asRpcException, ForeignCallSettings, foreignContext, IS_LOGGED } from './foreign-call.js';
import { GrpcContext } from './grpc-context.js';

/** Exception that was thrown on -> what it was made from. */
const causes = new WeakMap<object, unknown>();

/** What was thrown at first. */
export function causeOf(error: unknown): unknown {
  return causes.get(error as object) ?? error;
}

/**
 * The error table for controllers written by hand: what a handler of Nest's own gRPC transport throws becomes a status
 * with details, what an HTTP route throws the answer that fits it, by the same table. Texts of unexpected errors stay
 * here and are logged. Our own controllers need it not; a guard's errors never reach an interceptor.
 *
 * @example
 * \@Controller('books')
 * \@UseInterceptors(ExceptionInterceptor)
 * class BooksController {
 *   \@Get(':id') find(\@Param('id') id: string) { return this.books.findOneByOrFail({ id }); } // 404
 * }
 */
@Injectable()
export class ExceptionInterceptor implements NestInterceptor {
  /** @internal */
  constructor(private readonly settings: ForeignCallSettings) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (GrpcContext.current()) return next.handle();
    return next
      .handle()
      .pipe(catchError((error: unknown) => throwError(() => this.translated(error, execution))));
  }

  private translated(error: unknown, execution: ExecutionContext): unknown {
    const isHttp = execution.getType() === 'http';
    // Nest answers these as they say.
    if (isHttp && error instanceof HttpException) return error;
    const { conventions, log } = this.settings;
    const status = toGrpcStatus(error, { style: conventions });
    const ctx = foreignContext(execution, conventions);
    if (status.cause !== undefined && !ctx.values.get(IS_LOGGED)) log.fault(ctx, status);
    const exception = isHttp
      ? asHttpException(status, detailsOf(error)?.reason)
      : asRpcException(status, ctx.trailingMetadata);
    causes.set(exception, error);
    return exception;
  }
}

function asHttpException({ code, message }: GrpcStatus, reason: string | undefined): HttpException {
  const body = httpAnswer(code, message, reason);
  return new HttpException(body, body.statusCode);
}

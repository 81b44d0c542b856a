import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { httpAnswer } from '../errors/http-answer.js';
import { fromGrpcError, GrpcClientError, isServiceError } from './grpc-client-error.js';

/** Failed calls of gRPC clients, typed or as grpc-js throws them. */
abstract class FailedCall {
  static [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof GrpcClientError || isServiceError(error);
  }
}

/**
 * For gateways: a failed gRPC call becomes the HTTP answer that fits it, with the errors of fields, the reason, and
 * `Retry-After`. What the caller cannot mend (UNKNOWN, INTERNAL, DATA_LOSS) is 500 without the text.
 *
 * @example
 * providers: [{ provide: APP_FILTER, useClass: GrpcToHttpExceptionFilter }]
 */
@Catch(FailedCall)
export class GrpcToHttpExceptionFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const failed = fromGrpcError(error) as GrpcClientError;
    const { code, message, reason, retryAfter } = failed;
    if (retryAfter !== undefined) this.setRetryAfter(retryAfter, host);
    const answer = httpAnswer(code, message, reason);
    // oxlint-disable-next-line promise/valid-params, promise/no-promise-in-callback -- Nest's, no promise's
    super.catch(new HttpException(answer, answer.statusCode), host);
  }

  private setRetryAfter(seconds: number, host: ArgumentsHost): void {
    const adapter = this.applicationRef ?? this.httpAdapterHost?.httpAdapter;
    adapter?.setHeader(host.switchToHttp().getResponse(), 'Retry-After', String(Math.ceil(seconds)));
  }
}

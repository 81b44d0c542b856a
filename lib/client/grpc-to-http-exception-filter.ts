import { status } from '@grpc/grpc-js';
import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { fromGrpcError, GrpcClientError, isServiceError } from './grpc-client-error.js';

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const HTTP_STATUS: Readonly<Record<number, number>> = {
  [status.CANCELLED]: 499,
  [status.INVALID_ARGUMENT]: 400,
  [status.FAILED_PRECONDITION]: 400,
  [status.OUT_OF_RANGE]: 400,
  [status.UNAUTHENTICATED]: 401,
  [status.PERMISSION_DENIED]: 403,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.ABORTED]: 409,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.UNIMPLEMENTED]: 501,
  [status.UNAVAILABLE]: 503,
  [status.DEADLINE_EXCEEDED]: 504,
};

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
    const { retryAfter } = failed;
    if (retryAfter !== undefined)
      host
        .switchToHttp()
        .getResponse<{ setHeader(name: string, value: string): void }>()
        .setHeader('Retry-After', String(Math.ceil(retryAfter)));
    // oxlint-disable-next-line promise/valid-params, promise/no-promise-in-callback -- Nest's, no promise's
    super.catch(new HttpException(bodyOf(failed), httpStatusOf(failed)), host);
  }
}

function httpStatusOf({ code }: GrpcClientError): number {
  return HTTP_STATUS[code] ?? 500;
}

function bodyOf(failed: GrpcClientError): object {
  const { fields, reason, codeName, message } = failed;
  const statusCode = httpStatusOf(failed);
  if (statusCode === 500) return { statusCode, error: codeName, message: 'Internal server error' };
  return {
    statusCode,
    error: codeName,
    message: fields ? 'The request is not valid.' : message,
    ...(fields && { fields }),
    ...(reason !== undefined && { reason }),
  };
}

/** A gRPC status as an answer over HTTP: for gateways, and for HTTP routes beside a gRPC service. */
import { status } from '@grpc/grpc-js';
import type { FieldErrors } from './field-errors.js';

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

/** Body of an HTTP answer to a failed call. */
export interface HttpAnswer {
  readonly statusCode: number;
  /** `NOT_FOUND` */
  readonly error: string;
  readonly message: string;
  readonly fields?: FieldErrors;
  readonly reason?: string;
}

/** What the caller cannot mend (UNKNOWN, INTERNAL, DATA_LOSS) is 500 without the text. */
export function httpAnswer(code: number, message: string, reason: string | undefined): HttpAnswer {
  const statusCode = HTTP_STATUS[code] ?? 500;
  const error = status[code] ?? String(code);
  if (statusCode === 500) return { statusCode, error, message: 'Internal server error' };
  const fields = fieldErrorsIn(code, message);
  return {
    statusCode,
    error,
    message: fields ? 'The request is not valid.' : message,
    ...(fields && { fields }),
    ...(reason !== undefined && { reason }),
  };
}

/** The errors of fields that a status text holds; undefined: it holds none. */
export function fieldErrorsIn(code: number, message: string): FieldErrors | undefined {
  if (code !== status.INVALID_ARGUMENT) return undefined;
  try {
    const value: unknown = JSON.parse(message);
    return isFieldErrors(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFieldErrors(value: unknown): value is FieldErrors {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === 'object' && each !== null)
  );
}

import { status } from '@grpc/grpc-js';
import { databaseFailure } from './database-errors.js';
import type { Failure } from './failure.js';
import { fitStatus } from './fit-status.js';
import type { ErrorStyle, FieldLookup, GrpcStatus } from './grpc-status.js';
import { nestFailure } from './nest-errors.js';
import { statusFailure } from './status-objects.js';
import { detailsOf, violationsOf } from './with-details.js';

export interface StatusOptions {
  readonly style: ErrorStyle;
  /** Without it errors of the database name no field. */
  readonly fieldsOf?: FieldLookup;
}

/** The text never leaves the server; the code is the reference's in `dsg`. */
const UNEXPECTED: { readonly [style in ErrorStyle]: Failure } = {
  socio: { code: status.INTERNAL, message: 'internal error', hidesError: true },
  dsg: { code: status.UNKNOWN, message: 'internal error', hidesError: true, verbatim: true },
};

/** Faults of the server, whatever their text: the log needs the stack. */
const SERVER_FAULTS = new Set<number>([status.INTERNAL, status.DATA_LOSS]);

/**
 * The one function that every throw of a call ends in. Front doors, streams and the testing client use it, so
 * an error looks the same wherever it was thrown. It never throws.
 *
 * Texts of deliberate exceptions (Nest's `GrpcException` family, `HttpException`, `RpcException`, gRPC statuses)
 * are sent; texts of everything else, databases included, are replaced by sentences of ours.
 *
 * @param error anything
 * @param options the convention, and how columns translate into fields of the message in question
 *
 * @example
 * const { code, message, details } = toGrpcStatus(error, { style: 'socio' });
 */
export function toGrpcStatus(error: unknown, options: StatusOptions): GrpcStatus {
  try {
    return statusOf(error, withAttached(error, translate(error, options)), options.style);
  } catch {
    // A hostile or broken error, one whose getters throw: nothing of it is used.
    return statusOf(error, UNEXPECTED[options.style], options.style);
  }
}

function statusOf(error: unknown, failure: Failure, style: ErrorStyle): GrpcStatus {
  const logged = failure.hidesError || SERVER_FAULTS.has(failure.code);
  return { code: failure.code, ...fitStatus(failure, style), ...(logged && { cause: error }) };
}

function translate(error: unknown, { style, fieldsOf }: StatusOptions): Failure {
  return (
    nestFailure(error, style) ?? databaseFailure(error, fieldsOf) ?? statusFailure(error) ?? UNEXPECTED[style]
  );
}

function withAttached(error: unknown, failure: Failure): Failure {
  const details = detailsOf(error);
  if (!details) return failure;
  const { reason = failure.reason, retryAfter = failure.retryAfter } = details;
  return {
    ...failure,
    violations: [...(failure.violations ?? []), ...violationsOf(details)],
    ...(reason !== undefined && { reason }),
    ...(isDuration(retryAfter) && { retryAfter }),
  };
}

/** Longest `google.protobuf.Duration`: about 10,000 years. */
function isDuration(seconds: number | undefined): seconds is number {
  return seconds !== undefined && seconds >= 0 && seconds <= 315_576_000_000;
}

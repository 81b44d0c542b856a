import type { FieldError } from './field-errors.js';
import type { FieldViolation } from './rich-details.js';

/** What {@link withDetails} adds to an exception. */
export interface ExceptionDetails {
  /** What is wrong with which field, for `google.rpc.BadRequest`. */
  readonly fields?: { readonly [field: string]: string | readonly FieldError[] };
  /** A constant for programs, UPPER_SNAKE, for `google.rpc.ErrorInfo`; the name of the status code when absent. */
  readonly reason?: string;
  /** After how many seconds a retry makes sense, for `google.rpc.RetryInfo`; finite and not negative. */
  readonly retryAfter?: number;
}

const attached = new WeakMap<object, ExceptionDetails>();

/**
 * Gives an exception machine-readable details. Use it when a client must tell apart errors of one status code,
 * or should know when to come back. Code and message stay the exception's own.
 *
 * The details go into the trailer `grpc-status-details-bin` in Google's error model
 * (https://google.aip.dev/193), with the domain `nestjs-socio-grpc`.
 *
 * @param exception any object that is thrown; the same object is returned
 * @param details replace those of an earlier call, key by key
 *
 * @example
 * throw withDetails(new GrpcResourceExhaustedException('too many loans'), {
 *   reason: 'LOAN_LIMIT',
 *   retryAfter: 3600,
 * });
 */
export function withDetails<E extends object>(exception: E, details: ExceptionDetails): E {
  attached.set(exception, { ...attached.get(exception), ...details });
  return exception;
}

/** @returns what `withDetails` was given for this error */
export function detailsOf(error: unknown): ExceptionDetails | undefined {
  return typeof error === 'object' && error !== null ? attached.get(error) : undefined;
}

/** @returns `fields` as violations */
export function violationsOf({ fields = {} }: ExceptionDetails): FieldViolation[] {
  return Object.entries(fields).flatMap(([field, reasons]) => {
    if (typeof reasons === 'string') return [{ field, description: reasons, reason: 'invalid' }];
    return reasons.map(({ message, code }) => ({ field, description: message, reason: code }));
  });
}

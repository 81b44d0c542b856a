/**
 * What each kind of error is translated into, before it is worded for a convention and made to fit. The
 * translators (`nest-errors`, `database-errors`, `status-objects`) return it, `fit-status` takes it.
 */
import { status } from '@grpc/grpc-js';
import type { FieldErrors } from './field-errors.js';
import type { FieldViolation } from './rich-details.js';

export interface Failure {
  readonly code: number;
  /** One sentence, or errors of fields, whose JSON is the message. */
  readonly message: string | FieldErrors;
  /** UPPER_SNAKE for `ErrorInfo`; the name of the code when absent. */
  readonly reason?: string;
  /** For `BadRequest`, besides those that follow from `message`. */
  readonly violations?: readonly FieldViolation[];
  /** Seconds for `RetryInfo`. */
  readonly retryAfter?: number;
  /** The sentence goes out as it is in both conventions. */
  readonly verbatim?: boolean;
  /** The sentence is ours and tells the operator too little: the error belongs into the log. */
  readonly hidesError?: boolean;
}

/** Words of the reference for the JSON of plain errors (DSG's `GRPCException` family, DRF's `APIException`s). */
const DSG_WORDS: { readonly [code: number]: string } = {
  [status.ALREADY_EXISTS]: 'already_exist',
  [status.INTERNAL]: 'error',
  [status.RESOURCE_EXHAUSTED]: 'throttled',
  [status.UNAUTHENTICATED]: 'not_authenticated',
};

/** A connection to something else than a client cannot be made or broke; where to is nobody's business. */
export const BACKEND_UNAVAILABLE: Failure = {
  code: status.UNAVAILABLE,
  message: 'a service that this one needs is not available',
  hidesError: true,
};

/** @returns `NOT_FOUND` for 5 */
export function codeName(code: number): string {
  return status[code] ?? 'UNKNOWN';
}

/** @returns the reference's word for a code, `not_found` for 5 */
export function dsgWord(code: number): string {
  return DSG_WORDS[code] ?? codeName(code).toLowerCase();
}

/** Codes that end a call with an error; a thrown 0 would tell the caller that all went well. */
export function isErrorCode(code: unknown): code is number {
  return Number.isInteger(code) && Number(code) >= status.CANCELLED && Number(code) <= status.UNAUTHENTICATED;
}

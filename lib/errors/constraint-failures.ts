/**
 * What the caller learns of a database's refusal, the same for every driver: sentences and codes of DRF with
 * the API's own field names. Names of tables, columns and constraints, SQL and values of other rows stay here.
 */
import { status } from '@grpc/grpc-js';
import type { Failure } from './failure.js';
import { NON_FIELD_ERRORS, type FieldError, type FieldErrors } from './field-errors.js';
import { clip, ECHO_LENGTH } from './text.js';

/** Names of the API's fields, `address.city` for one of an embedded message; undefined when they are unknown. */
export type Fields = readonly string[] | undefined;

/** Another row has these values already. */
export function uniqueFailure(fields: Fields): Failure {
  const failure = { code: status.ALREADY_EXISTS, reason: 'UNIQUE_VIOLATION' };
  const [field, ...others] = fields ?? [];
  if (!field) return { ...failure, message: 'an object with these values already exists', hidesError: true };
  if (others.length === 0) {
    return { ...failure, message: under(field, [{ message: 'This field must be unique.', code: 'unique' }]) };
  }
  const message = `The fields ${[field, ...others].join(', ')} must make a unique set.`;
  return { ...failure, message: { [NON_FIELD_ERRORS]: [{ message, code: 'unique' }] } };
}

/**
 * A key that was sent belongs to no object.
 *
 * @param value the key, when the driver tells it; it is the caller's own
 */
export function missingReferenceFailure(fields: Fields, value?: string): Failure {
  const failure = { code: status.FAILED_PRECONDITION, reason: 'FOREIGN_KEY_VIOLATION' };
  if (!fields?.length) {
    return { ...failure, message: 'an object that this one refers to does not exist', hidesError: true };
  }
  const message =
    fields.length === 1 && value !== undefined
      ? `Invalid pk "${clip(value, ECHO_LENGTH)}" - object does not exist.`
      : 'object does not exist.';
  const errors = fields.map((field) => under(field, [{ message, code: 'does_not_exist' }]));
  return { ...failure, message: Object.assign({}, ...errors) as FieldErrors };
}

/** The object cannot go away, nor change its key, while others point to it. */
export function stillReferencedFailure(): Failure {
  return {
    code: status.FAILED_PRECONDITION,
    reason: 'STILL_REFERENCED',
    message: 'the object is still referenced by other objects',
  };
}

export function notNullFailure(fields: Fields): Failure {
  const failure = { code: status.INVALID_ARGUMENT, reason: 'NOT_NULL_VIOLATION' };
  const [field] = fields ?? [];
  if (!field) return { ...failure, message: 'a required value is missing', hidesError: true };
  return { ...failure, message: under(field, [{ message: 'This field may not be null.', code: 'null' }]) };
}

/** Errors of a field where the message has it. */
function under(path: string, errors: readonly FieldError[]): FieldErrors {
  const [name, ...rest] = path.split('.') as [string, ...string[]];
  return { [name]: rest.length === 0 ? errors : under(rest.join('.'), errors) };
}

export function checkFailure(): Failure {
  return {
    code: status.FAILED_PRECONDITION,
    reason: 'CHECK_VIOLATION',
    message: 'the values break a rule of the database',
    hidesError: true,
  };
}

/** A value that passed validation, but that the database cannot take. */
export function badValueFailure(message: string): Failure {
  return { code: status.INVALID_ARGUMENT, reason: 'INVALID_VALUE', message };
}

/** Another transaction was in the way; the same call may well succeed a moment later. */
export function conflictFailure(): Failure {
  return {
    code: status.ABORTED,
    reason: 'TRANSACTION_CONFLICT',
    message: 'the transaction collided with another one, try again',
    retryAfter: 0.1,
  };
}

/** What was prepared is for tables that have changed since; a transaction cannot go on after that. */
export function schemaChangeFailure(): Failure {
  return {
    code: status.ABORTED,
    reason: 'SCHEMA_CHANGED',
    message: 'the tables have changed meanwhile, try again',
    retryAfter: 0.1,
  };
}

export function unavailableFailure(): Failure {
  return {
    code: status.UNAVAILABLE,
    reason: 'DATABASE_UNAVAILABLE',
    message: 'the database is not available',
    hidesError: true,
  };
}

export function exhaustedFailure(): Failure {
  return {
    code: status.RESOURCE_EXHAUSTED,
    reason: 'DATABASE_EXHAUSTED',
    message: 'the database has reached a limit',
    hidesError: true,
  };
}

export function tooSlowFailure(): Failure {
  return {
    code: status.DEADLINE_EXCEEDED,
    reason: 'DATABASE_TIMEOUT',
    message: 'the database took too long',
    hidesError: true,
  };
}

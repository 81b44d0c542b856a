/**
 * Words a failure and makes it fit. Status message and details travel in the trailers; with 64 KB of trailers
 * a grpc-js client never sees the end of the call, so whatever was thrown, both together stay under one cap.
 */
import { codeName, dsgWord, type Failure } from './failure.js';
import { fieldName, locate, nestedJson, NON_FIELD_ERRORS, type LocatedError } from './field-errors.js';
import type { ErrorStyle } from './grpc-status.js';
import { jsonText } from './json-text.js';
import { encodeRichDetails } from './rich-details.js';
import { clip, ECHO_LENGTH, greatest, longestFitting, wellFormed } from './text.js';

/** Message (percent-encoded) and details (base64) together, as they go over HTTP/2. */
export const MAX_STATUS_BYTES = 6 * 1024;

/** More errors than that help nobody; the rest is only counted. */
export const MAX_VIOLATIONS = 50;

/** A sentence with violations leaves them half of the room. */
const SENTENCE_SHARE = MAX_STATUS_BYTES / 2;

/**
 * How errors are shortened, tried in this order until one of them fits. `flat` gives up the nesting: an error
 * in item 5000 of a list has 5000 empty items before it. The last attempt fits any single error.
 */
const ATTEMPTS = [
  { textLength: 300, flat: false },
  { textLength: 300, flat: true },
  { textLength: ECHO_LENGTH, flat: true },
] as const;

type Attempt = (typeof ATTEMPTS)[number];

export interface FittedStatus {
  readonly message: string;
  readonly details: Buffer;
}

/** @returns message and details of a failure, never more than `MAX_STATUS_BYTES` on the wire */
export function fitStatus(failure: Failure, style: ErrorStyle): FittedStatus {
  const { message, violations = [] } = failure;
  const added = violations.map(({ field, description, reason }) => ({
    path: [field],
    message: description,
    code: reason,
  }));
  if (typeof message === 'string') {
    const sentence = fitSentence(failure, message, style, added.length > 0);
    return fitErrors(failure, added, () => sentence);
  }
  const errors = [...locate(message), ...added];
  if (added.length === 0 && mayFit(errors)) {
    const whole = statusOf(failure, jsonText(message), errors);
    if (sizeOf(whole) <= MAX_STATUS_BYTES) return whole;
  }
  return fitErrors(failure, errors, nestedJson);
}

/** Spares the encoding of texts that are too long at first sight. */
function mayFit(errors: readonly LocatedError[]): boolean {
  if (errors.length > MAX_VIOLATIONS) return false;
  return errors.reduce((length, { message }) => length + message.length, 0) < MAX_STATUS_BYTES;
}

/** @returns how many bytes message and details take in the trailers */
export function sizeOf({ message, details }: FittedStatus): number {
  return encodeURI(message).length + 4 * Math.ceil(details.length / 3);
}

function fitSentence(failure: Failure, sentence: string, style: ErrorStyle, shared: boolean): string {
  const plain = style === 'socio' || failure.verbatim;
  const worded = (text: string) => (plain ? text : jsonText({ message: text, code: dsgWord(failure.code) }));
  const room = shared ? SENTENCE_SHARE : MAX_STATUS_BYTES;
  // A character takes a byte at least: cut first, so that a huge text is not encoded again and again.
  const text = longestFitting(
    clip(wellFormed(sentence), MAX_STATUS_BYTES),
    (candidate) => sizeOf(statusOf(failure, worded(candidate), [])) <= room,
  );
  return worded(text);
}

function fitErrors(
  failure: Failure,
  errors: readonly LocatedError[],
  messageOf: (errors: readonly LocatedError[]) => string,
): FittedStatus {
  const attempt = (count: number, how: Attempt) => {
    const shown = errors.slice(0, count).map((error) => shortened(error, how));
    if (count < errors.length) shown.push(remaining(errors.length - count));
    return statusOf(failure, messageOf(shown), shown);
  };
  for (const how of ATTEMPTS) {
    const count = greatest(
      Math.min(errors.length, MAX_VIOLATIONS),
      (candidate) => sizeOf(attempt(candidate, how)) <= MAX_STATUS_BYTES,
    );
    if (count > 0) return attempt(count, how);
  }
  return attempt(0, ATTEMPTS[0]);
}

function shortened({ path, message, code }: LocatedError, { textLength, flat }: Attempt): LocatedError {
  return {
    path: flat ? [clip(fieldName(path), textLength)] : path,
    message: clip(message, textLength),
    code: clip(code, textLength),
  };
}

function remaining(count: number): LocatedError {
  const message = count === 1 ? 'and 1 more error' : `and ${count} more errors`;
  return { path: [NON_FIELD_ERRORS], message, code: 'too_many_errors' };
}

function statusOf(failure: Failure, message: string, errors: readonly LocatedError[]): FittedStatus {
  const { code, reason = codeName(code), retryAfter } = failure;
  const violations = errors.map(({ path, message: description, code: word }) => ({
    field: fieldName(path),
    description,
    reason: word,
  }));
  return { message, details: encodeRichDetails({ code, message, reason, violations, retryAfter }) };
}

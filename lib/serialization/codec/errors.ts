/**
 * What goes wrong between messages and bytes. Value codecs do not know where they stand, so they throw
 * `Mismatch` and `Malformed`; the message around them adds the place.
 */

import { clip, ECHO_LENGTH } from '../../errors/text.js';

/** Levels of nesting that protobuf implementations read by default. See https://protobuf.dev/programming-guides/proto-limits/ */
export const MAX_DEPTH = 100;

export const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`;

/**
 * A message of ours does not fit its contract: the server's fault, INTERNAL for the caller. The text names
 * `Message.field`, what was expected and what was there, clipped at 30 characters.
 *
 * @example
 * new EncodeError('PostResponse.id', 'expected int32, got "x"').message // PostResponse.id: expected int32, got "x"
 */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';

  /** @param place `Message.field`, with the index or JSON path inside it: `PostResponse.tags[2]` */
  constructor(
    readonly place: string,
    complaint: string,
  ) {
    super(`${place}: ${complaint}`);
  }
}

/**
 * Bytes that are not the message they should be: the caller's fault, INVALID_ARGUMENT. The text names the field
 * that was being read and never repeats what the caller sent.
 *
 * @example
 * new DecodeError('PostRequest.headline', 'invalid UTF-8').message // PostRequest.headline: invalid UTF-8
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';

  /** @param place `Message.field`, or the message alone between two fields */
  constructor(
    readonly place: string,
    complaint: string,
  ) {
    super(`${place}: ${complaint}`);
  }
}

/** A value that cannot be written, before it is known where. */
export class Mismatch extends Error {
  constructor(
    readonly complaint: string,
    readonly path = '',
  ) {
    super(complaint);
  }

  static expected(expected: string, value: unknown): Mismatch {
    return new Mismatch(`expected ${expected}, got ${describeValue(value)}`);
  }
}

/** Bytes that cannot be read, before it is known where. */
export class Malformed extends Error {}

/** Puts one step before the place of a mismatch, `[2]` or `.key`; other errors stay what they are. */
export function within(step: string, error: unknown): unknown {
  return error instanceof Mismatch ? new Mismatch(error.complaint, step + error.path) : error;
}

/** What a writer of `place` throws for an error from inside it. */
export function encodeErrorAt(place: string, error: unknown): unknown {
  return error instanceof Mismatch ? new EncodeError(place + error.path, error.complaint) : error;
}

/** What a reader of `place` throws for an error from inside it; an error that is no fault of the bytes stays. */
export function decodeErrorAt(place: string, error: unknown): unknown {
  const complaint = complaintOf(error);
  return complaint === undefined ? error : new DecodeError(place, complaint);
}

/** The texts of protobufjs's `Reader`, which has no error classes of its own. */
const READER_COMPLAINTS: ReadonlyMap<string, string> = new Map([
  ['invalid varint encoding', 'invalid varint'],
  ['invalid tag encoding', 'invalid tag'],
  ['invalid length encoding', 'invalid length'],
]);

function complaintOf(error: unknown): string | undefined {
  if (error instanceof Malformed) return error.message;
  if (error instanceof RangeError) return 'truncated message';
  if (!(error instanceof Error)) return undefined;
  // Thrown by the fatal TextDecoder inside protobufjs's `stringVerify`.
  if ('code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'invalid UTF-8';
  return READER_COMPLAINTS.get(error.message);
}

/** A caller's text as an error repeats it. */
export function echoed(text: string): string {
  return clip(text, ECHO_LENGTH);
}

function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(echoed(value));
    case 'bigint':
      return `${echoed(String(value))}n`;
    case 'object':
      return value === null ? 'null' : echoed(className(value));
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function className(value: object): string {
  const type: unknown = value.constructor;
  return typeof type === 'function' && type.name !== '' ? type.name : 'Object';
}

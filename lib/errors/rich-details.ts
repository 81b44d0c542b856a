/**
 * The error model of Google's APIs (https://google.aip.dev/193, google/rpc/error_details.proto), written by
 * hand: four small messages need no generated code.
 */
import protobuf from 'protobufjs/minimal.js';
import { wellFormed } from './text.js';

/** `ErrorInfo.domain` of everything the library says. */
export const ERROR_DOMAIN = 'nestjs-socio-grpc';

/** One entry of `google.rpc.BadRequest`. */
export interface FieldViolation {
  /** Path of the field, list items counted from 1 as in Google's examples: `email_addresses[1].email`. */
  readonly field: string;
  readonly description: string;
  /** Any word; it is sent in UPPER_SNAKE. */
  readonly reason: string;
}

export interface RichDetails {
  readonly code: number;
  /** Repeats the status message: several clients read it from here. */
  readonly message: string;
  readonly reason: string;
  readonly violations: readonly FieldViolation[];
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/**
 * @returns bytes of `google.rpc.Status` with `ErrorInfo`, and `BadRequest` and `RetryInfo` when there is
 * something to say in them
 *
 * @example
 * encodeRichDetails({ code: 5, message: 'Post not found', reason: 'NOT_FOUND', violations: [] });
 */
export function encodeRichDetails(details: RichDetails): Buffer {
  const { code, message, violations, retryAfter } = details;
  const writer = protobuf.Writer.create().uint32(8).int32(code);
  writer.uint32(18).string(wellFormed(message));
  if (violations.length > 0) pack(writer.uint32(26), 'BadRequest', badRequest(violations));
  pack(writer.uint32(26), 'ErrorInfo', errorInfo(upperSnake(details.reason)));
  if (retryAfter !== undefined) pack(writer.uint32(26), 'RetryInfo', retryInfo(retryAfter));
  return Buffer.from(writer.finish());
}

/** `google.protobuf.Any` */
function pack(writer: protobuf.Writer, message: string, value: Uint8Array): void {
  writer.fork().uint32(10).string(`type.googleapis.com/google.rpc.${message}`);
  writer.uint32(18).bytes(value).ldelim();
}

function badRequest(violations: readonly FieldViolation[]): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const { field, description, reason } of violations) {
    writer.uint32(10).fork().uint32(10).string(wellFormed(field));
    writer.uint32(18).string(wellFormed(description));
    writer.uint32(26).string(upperSnake(reason)).ldelim();
  }
  return writer.finish();
}

function errorInfo(reason: string): Uint8Array {
  return protobuf.Writer.create().uint32(10).string(reason).uint32(18).string(ERROR_DOMAIN).finish();
}

function retryInfo(seconds: number): Uint8Array {
  const whole = Math.floor(seconds);
  const writer = protobuf.Writer.create().uint32(10).fork().uint32(8).int64(whole);
  return writer
    .uint32(16)
    .int32(Math.floor((seconds - whole) * 1e9))
    .ldelim()
    .finish();
}

/** Reasons have at most 63 characters of A-Z, 0-9 and _: https://google.aip.dev/193#errorinfo */
function upperSnake(word: string): string {
  return word
    .slice(0, 63)
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_');
}

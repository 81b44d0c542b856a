/** `grpc-status-details-bin`: the counterpart of `errors/rich-details.ts`. */
import protobuf from 'protobufjs/minimal.js';

/** One entry of `google.rpc.BadRequest`. */
export interface FieldViolation {
  /** As the server counts list items, from 1: `books[2].title`. */
  readonly field: string;
  readonly description: string;
  /** `BLANK`, `MAX_LENGTH` */
  readonly reason: string;
}

export interface ReadDetails {
  readonly violations: readonly FieldViolation[];
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

type Reader = protobuf.Reader;
type Fields = Record<number, (reader: Reader) => void>;

const NOTHING: ReadDetails = { violations: [], reason: undefined, domain: undefined, retryAfter: undefined };

/** Reads what a server of anybody's may have put there; bytes that are none are nothing. */
export function readDetails(bytes: Uint8Array | undefined): ReadDetails {
  if (!bytes) return NOTHING;
  try {
    return readStatus(bytes);
  } catch {
    return NOTHING;
  }
}

/** `google.rpc.Status` */
function readStatus(bytes: Uint8Array): ReadDetails {
  const violations: FieldViolation[] = [];
  const found: { reason?: string; domain?: string; retryAfter?: number } = {};
  read(bytes, {
    3: (packed) => {
      let type = '';
      let value: Uint8Array = new Uint8Array();
      read(packed.bytes(), {
        1: (reader) => (type = reader.string()),
        2: (reader) => (value = reader.bytes()),
      });
      if (type.endsWith('google.rpc.BadRequest'))
        read(value, { 1: (reader) => violations.push(readViolation(reader.bytes())) });
      if (type.endsWith('google.rpc.ErrorInfo'))
        read(value, {
          1: (reader) => (found.reason = reader.string()),
          2: (reader) => (found.domain = reader.string()),
        });
      if (type.endsWith('google.rpc.RetryInfo'))
        read(value, { 1: (reader) => (found.retryAfter = readDuration(reader.bytes())) });
    },
  });
  return { ...NOTHING, ...found, violations };
}

function readViolation(bytes: Uint8Array): FieldViolation {
  const violation = { field: '', description: '', reason: '' };
  read(bytes, {
    1: (reader) => (violation.field = reader.string()),
    2: (reader) => (violation.description = reader.string()),
    3: (reader) => (violation.reason = reader.string()),
  });
  return violation;
}

function readDuration(bytes: Uint8Array): number {
  let seconds = 0;
  read(bytes, {
    1: (reader) => (seconds += Number(reader.int64())),
    2: (reader) => (seconds += reader.int32() / 1e9),
  });
  return seconds;
}

function read(bytes: Uint8Array, fields: Fields): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = fields[tag >>> 3];
    if (field) field(reader);
    else reader.skipType(tag & 7);
  }
}

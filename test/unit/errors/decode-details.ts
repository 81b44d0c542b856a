import protobuf from 'protobufjs';

/** google/rpc/status.proto and error_details.proto, as far as the library writes them. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message BadRequest {
    message FieldViolation { string field = 1; string description = 2; string reason = 3; }
    repeated FieldViolation field_violations = 1;
  }
`);

export interface DecodedDetails {
  readonly code: number;
  readonly message: string;
  readonly details: readonly { readonly [name: string]: unknown }[];
}

/** `{ code, message, details: [{ ErrorInfo: {...} }] }`, int64 as strings, no key for an empty field. */
export function decodeDetails(bytes: Buffer | undefined): DecodedDetails {
  if (!bytes) throw new Error('no details');
  const {
    code,
    message = '',
    details = [],
  } = decode('Status', bytes) as {
    code: number;
    message?: string;
    details?: { typeUrl: string; value: Buffer }[];
  };
  const unpacked = details.map(({ typeUrl, value }) => {
    const name = typeUrl.replace('type.googleapis.com/google.rpc.', '');
    return { [name]: decode(name, value) };
  });
  return { code, message, details: unpacked };
}

/** The part with this name; undefined when it is not there. */
export function detail(bytes: Buffer | undefined, name: string): unknown {
  return decodeDetails(bytes).details.find((part) => name in part)?.[name];
}

function decode(name: string, bytes: Uint8Array): object {
  const type = root.lookupType(`google.rpc.${name}`);
  return type.toObject(type.decode(bytes), { longs: String });
}

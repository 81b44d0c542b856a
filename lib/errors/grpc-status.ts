/** What leaves this folder: every throw of a call ends as one `GrpcStatus`. */

/** The end of a failed call, as a front door sends it. */
export interface GrpcStatus {
  /** One of the codes 1 to 16 of https://grpc.io/docs/guides/status-codes/ */
  readonly code: number;
  readonly message: string;
  /** Bytes of `google.rpc.Status` for the trailer `grpc-status-details-bin`. */
  readonly details: Buffer | undefined;
  /** The error to log once; set only when the message hides it or when the fault is the server's own. */
  readonly cause?: unknown;
}

/**
 * How messages are written: `socio` sends one plain sentence, `dsg` the JSON of the reference
 * (`{"message": "...", "code": "not_found"}`). Errors of fields are JSON in both.
 */
export type ErrorStyle = 'socio' | 'dsg';

/**
 * Translates columns of a database table into fields of the API; undefined when the caller must not learn of
 * them. Then the error names no field at all: a column's name is never sent.
 */
export type FieldLookup = (table: string, columns: readonly string[]) => readonly string[] | undefined;

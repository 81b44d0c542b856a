import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import type { FieldErrors } from '../errors/field-errors.js';
import { fieldErrorsIn } from '../errors/http-answer.js';
import { readDetails, type FieldViolation } from './read-details.js';

/**
 * A failed call as its caller wants it: what went wrong, which fields, whether to try again. Made by
 * `fromGrpcError()` from what grpc-js throws.
 *
 * @example
 * try {
 *   await firstValueFrom(posts.create(post).pipe(rethrowGrpcErrors()));
 * } catch (error) {
 *   if (error instanceof GrpcClientError && error.fields) showBesideFields(error.fields);
 *   else throw error;
 * }
 */
export class GrpcClientError extends Error {
  override readonly name = 'GrpcClientError';

  constructor(
    /** Number of the gRPC status: `status.NOT_FOUND`. */
    readonly code: number,
    message: string,
    /** Trailing metadata of the answer. */
    readonly metadata: Metadata,
    private readonly details = readDetails(metadata.get('grpc-status-details-bin')[0] as Buffer | undefined),
    cause?: unknown,
  ) {
    super(message, cause === undefined ? {} : { cause });
  }

  /** Name of the gRPC status: `NOT_FOUND`. */
  get codeName(): string {
    return status[this.code] ?? String(this.code);
  }

  /** Errors by field as the server nests them, where the request was refused because of its values. */
  get fields(): FieldErrors | undefined {
    return fieldErrorsIn(this.code, this.message);
  }

  /** The same, one by one with their paths; at most the first fifty. */
  get violations(): readonly FieldViolation[] {
    return this.details.violations;
  }

  /** A word for programs: `TOKEN_EXPIRED`. */
  get reason(): string | undefined {
    return this.details.reason;
  }

  /** Seconds after which another attempt makes sense. */
  get retryAfter(): number | undefined {
    return this.details.retryAfter;
  }
}

/**
 * What grpc-js, Nest's `ClientGrpc` or anybody else throws for a failed call -> a `GrpcClientError`. Everything else is
 * given back as it is.
 *
 * @example
 * const error = fromGrpcError(caught);
 * if (error instanceof GrpcClientError && error.code === status.NOT_FOUND) return undefined;
 */
export function fromGrpcError(error: unknown): unknown {
  if (error instanceof GrpcClientError || !isServiceError(error)) return error;
  return new GrpcClientError(error.code, error.details, error.metadata, undefined, error);
}

/** By its looks: an application may have several copies of grpc-js. */
export function isServiceError(error: unknown): error is ServiceError {
  if (!(error instanceof Error)) return false;
  const { code, details, metadata } = error as Partial<ServiceError>;
  return (
    typeof code === 'number' &&
    typeof details === 'string' &&
    typeof (metadata as { get?: unknown } | undefined)?.get === 'function'
  );
}

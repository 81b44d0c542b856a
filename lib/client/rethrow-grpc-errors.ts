import { catchError, throwError, type MonoTypeOperatorFunction } from 'rxjs';
import { fromGrpcError } from './grpc-client-error.js';

/**
 * For calls through Nest's `ClientGrpc`: what fails, fails with a `GrpcClientError`.
 *
 * @example
 * this.posts.retrieve({ id }).pipe(rethrowGrpcErrors());
 */
export function rethrowGrpcErrors<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: unknown) => throwError(() => fromGrpcError(error)));
}

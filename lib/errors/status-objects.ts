/** Errors that are gRPC statuses already: thrown by hand, or the outcome of a call to another service. */
import { status } from '@grpc/grpc-js';
import { BACKEND_UNAVAILABLE, isErrorCode, type Failure } from './failure.js';

/** Properties of a status. An error with others and a small number as its code is something else. */
const STATUS_KEYS = new Set(['code', 'details', 'metadata', 'message', 'name', 'stack', 'cause']);

/** What grpc-js says of its own connections; it names addresses of the network behind the server. */
const CONNECTION_TROUBLE = /\bE[A-Z]{4,}\b|No connection established|Name resolution failed/;

/** @returns undefined for what is no gRPC status and no abort */
export function statusFailure(error: unknown): Failure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return abortFailure(error) ?? grpcFailure(error);
}

/** An aborted signal, or the timeouts of `AbortSignal.timeout()` and RxJS. */
function abortFailure(error: object): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'AbortError') return { code: status.CANCELLED, message: 'the call was cancelled' };
  if (error.name !== 'TimeoutError') return undefined;
  return { code: status.DEADLINE_EXCEEDED, message: 'the call took too long', hidesError: true };
}

function grpcFailure(error: object): Failure | undefined {
  const { code, status: alias, details, message } = error as { [key: string]: unknown };
  const text = typeof details === 'string' ? details : message;
  if (typeof text !== 'string') return undefined;
  // What Nest's BaseRpcExceptionFilter makes of `new RpcException('text')`.
  if (alias === 'error' && !(error instanceof Error))
    return { code: status.UNKNOWN, message: text, verbatim: true };
  if (!isErrorCode(code) || !isStatus(error, details)) return undefined;
  if (code === status.UNAVAILABLE && error instanceof Error && CONNECTION_TROUBLE.test(text)) {
    return BACKEND_UNAVAILABLE;
  }
  return { code, message: text, verbatim: true };
}

/**
 * Numbers from 1 to 16 are not only gRPC's: a `DOMException` and the error of a failed child process have such
 * codes too, with texts that are nobody's business.
 */
function isStatus(error: object, details: unknown): boolean {
  if (error instanceof DOMException) return false;
  if (!(error instanceof Error) || typeof details === 'string') return true;
  return Object.keys(error).every((key) => STATUS_KEYS.has(key));
}

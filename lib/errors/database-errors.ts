/**
 * Errors of TypeORM and of the drivers below it. A driver's error comes wrapped in `QueryFailedError` from a
 * statement and bare from a pool, and looks the same to the functions of each driver.
 */
import { status } from '@grpc/grpc-js';
import {
  CannotExecuteNotConnectedError,
  CannotGetEntityManagerNotConnectedError,
  ConnectionIsNotSetError,
  EntityNotFoundError,
  NoConnectionForRepositoryError,
  OptimisticLockVersionMismatchError,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
  TypeORMError,
} from 'typeorm';
import { unavailableFailure } from './constraint-failures.js';
import { BACKEND_UNAVAILABLE, type Failure } from './failure.js';
import type { FieldLookup } from './grpc-status.js';
import { postgresFailure } from './postgres-errors.js';
import { sqliteFailure } from './sqlite-errors.js';

/** TypeORM releases a query runner in the middle of its transaction when PostgreSQL closes the connection. */
const NOT_CONNECTED = [
  CannotExecuteNotConnectedError,
  CannotGetEntityManagerNotConnectedError,
  ConnectionIsNotSetError,
  NoConnectionForRepositoryError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
];

/** Codes of the operating system for a connection that cannot be made or broke. */
const NETWORK_CODES = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

/** @returns undefined for what comes from no database, and for faults of the server's own queries */
export function databaseFailure(error: unknown, fieldsOf?: FieldLookup): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof QueryFailedError) {
    const verb = /^\s*(\w+)/.exec(error.query)?.[1]?.toUpperCase();
    return driverFailure(error.driverError, verb, fieldsOf);
  }
  return error instanceof TypeORMError ? typeormFailure(error) : driverFailure(error, undefined, fieldsOf);
}

/** SQLSTATE class 22, "data exception": a value that its column's type cannot hold, out of range or malformed. */
export function isDataException(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code } = error.driverError as { code?: unknown };
  return typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code);
}

function typeormFailure(error: TypeORMError): Failure | undefined {
  if (error instanceof EntityNotFoundError) {
    return { code: status.NOT_FOUND, message: `${entityName(error.entityClass)} not found` };
  }
  if (error instanceof OptimisticLockVersionMismatchError) {
    return {
      code: status.ABORTED,
      reason: 'VERSION_MISMATCH',
      message: 'the object was changed by somebody else in the meantime',
    };
  }
  const disconnected =
    NOT_CONNECTED.some((kind) => error instanceof kind) || error.message === 'Driver not Connected';
  return disconnected ? unavailableFailure() : undefined;
}

function driverFailure(error: Error, verb?: string, fieldsOf?: FieldLookup): Failure | undefined {
  if (isConnectionLoss(error)) return BACKEND_UNAVAILABLE;
  return postgresFailure(error, verb, fieldsOf) ?? sqliteFailure(error, verb, fieldsOf);
}

/** Node tries all addresses of a name and throws the failures together. */
function isConnectionLoss(error: Error): boolean {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && NETWORK_CODES.has(code)) return true;
  if (!(error instanceof AggregateError) || error.errors.length === 0) return false;
  return error.errors.every((inner) => inner instanceof Error && isConnectionLoss(inner));
}

function entityName(target: EntityNotFoundError['entityClass']): string {
  if (typeof target === 'string') return target;
  if (typeof target === 'function') return target.name;
  return 'options' in target ? target.options.name : target.name;
}

import { status } from '@grpc/grpc-js';
import {
  ConnectionIsNotSetError,
  DriverOptionNotSetError,
  EntityNotFoundError,
  EntitySchema,
  OptimisticLockVersionMismatchError,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  TypeORMError,
} from 'typeorm';
import { describe, expect, it } from 'vitest';
import type { FieldLookup } from '../../../lib/errors/grpc-status.js';
import { toGrpcStatus } from '../../../lib/errors/to-grpc-status.js';
import { detail } from './decode-details.js';

const FIELDS = new Map(
  Object.entries({ email: 'email', firstName: 'first_name', last: 'last', userId: 'user' }),
);

const fieldsOf: FieldLookup = (table, columns) => {
  const fields = columns.map((column) => FIELDS.get(column));
  return table === 'author' && fields.every((field) => field !== undefined) ? fields : undefined;
};

function outcome(error: unknown) {
  const { code, message, cause } = toGrpcStatus(error, { style: 'socio', fieldsOf });
  return [status[code], message, cause === error ? 'logged' : 'not logged'];
}

function postgres(code: string, facts: object = {}, sql = 'INSERT INTO "author"') {
  const driverError = Object.assign(new Error('secret'), {
    severity: 'ERROR',
    code,
    table: 'author',
    ...facts,
  });
  return new QueryFailedError(sql, [], driverError);
}

function sqlite(code: string, message: string, sql = 'INSERT INTO "author"') {
  return new QueryFailedError(sql, [], Object.assign(new Error(message), { code }));
}

const UNIQUE_EMAIL = '{"email": [{"message": "This field must be unique.", "code": "unique"}]}';
const UNIQUE_NAME =
  '{"non_field_errors": [{"message": "The fields first_name, last must make a unique set.", "code": "unique"}]}';
const UNIQUE_UNKNOWN = 'an object with these values already exists';
const NULL_EMAIL = '{"email": [{"message": "This field may not be null.", "code": "null"}]}';
const MISSING_UNKNOWN = 'an object that this one refers to does not exist';
const REFERENCED = 'the object is still referenced by other objects';
const CHECK = 'the values break a rule of the database';

const missingUser = (key: string) =>
  `{"user": [{"message": "Invalid pk \\"${key}\\" - object does not exist.", "code": "does_not_exist"}]}`;

describe('constraints of PostgreSQL', () => {
  it.each([
    ['23505', { detail: 'Key (email)=(a@b) already exists.' }, 'ALREADY_EXISTS', UNIQUE_EMAIL],
    ['23505', { detail: 'Key ("firstName", last)=(a, b) already exists.' }, 'ALREADY_EXISTS', UNIQUE_NAME],
    [
      '23503',
      { detail: 'Key (userId)=(99) is not present in table "user".' },
      'FAILED_PRECONDITION',
      missingUser('99'),
    ],
    [
      '23503',
      { detail: `Key (userId)=(${'9'.repeat(40)}) is not present in table "user".` },
      'FAILED_PRECONDITION',
      missingUser(`${'9'.repeat(30)}\\u2026`),
    ],
    [
      '23503',
      { detail: 'Key (id)=(1) is still referenced from table "book".' },
      'FAILED_PRECONDITION',
      REFERENCED,
    ],
    [
      '23503',
      { detail: 'Key (userId)=(x) is not present in table "y".) is still referenced from table "book".' },
      'FAILED_PRECONDITION',
      REFERENCED,
    ],
    ['23001', {}, 'FAILED_PRECONDITION', REFERENCED],
    ['23502', { column: 'email' }, 'INVALID_ARGUMENT', NULL_EMAIL],
  ])('%s %o', (state, facts, ...expected) => {
    expect(outcome(postgres(state, facts))).toEqual([...expected, 'not logged']);
  });

  it.each([
    ['23505', { detail: 'Key (lower(email::text))=(a) already exists.' }, 'ALREADY_EXISTS', UNIQUE_UNKNOWN],
    [
      '23505',
      { detail: 'Key (email)=(a) already exists.', table: 'other' },
      'ALREADY_EXISTS',
      UNIQUE_UNKNOWN,
    ],
    ['23505', {}, 'ALREADY_EXISTS', UNIQUE_UNKNOWN],
    [
      '23503',
      { detail: 'Key (hidden)=(9) is not present in table "user".' },
      'FAILED_PRECONDITION',
      MISSING_UNKNOWN,
    ],
    ['23503', { detail: 'Schlüssel (userId)=(9) ist nicht da.' }, 'FAILED_PRECONDITION', MISSING_UNKNOWN],
    ['23502', { column: 'hidden' }, 'INVALID_ARGUMENT', 'a required value is missing'],
    ['23514', {}, 'FAILED_PRECONDITION', CHECK],
    ['23P01', {}, 'FAILED_PRECONDITION', CHECK],
  ])('%s %o names no field', (state, facts, ...expected) => {
    expect(outcome(postgres(state, facts))).toEqual([...expected, 'logged']);
  });

  it('tells the side of a foreign key by the statement when the server speaks German', () => {
    const error = postgres(
      '23503',
      { detail: 'Auf Schlüssel (id)=(1) wird verwiesen.' },
      'DELETE FROM "user"',
    );
    expect(outcome(error)).toEqual(['FAILED_PRECONDITION', REFERENCED, 'not logged']);
  });
});

describe('states of PostgreSQL', () => {
  it.each([
    ['22001', 'INVALID_ARGUMENT', 'a text is too long'],
    ['22003', 'INVALID_ARGUMENT', 'a number is out of range'],
    ['22P02', 'INVALID_ARGUMENT', 'a value has the wrong form'],
    ['22007', 'INVALID_ARGUMENT', 'a date or time has the wrong form'],
    ['22008', 'INVALID_ARGUMENT', 'a date or time is out of range'],
    ['22021', 'INVALID_ARGUMENT', 'a text has a character that cannot be stored'],
    ['40001', 'ABORTED', 'the transaction collided with another one, try again'],
    ['40P01', 'ABORTED', 'the transaction collided with another one, try again'],
    ['55P03', 'ABORTED', 'the transaction collided with another one, try again'],
  ])('%s is %s', (state, ...expected) => {
    expect(outcome(postgres(state))).toEqual([...expected, 'not logged']);
  });

  it.each([
    ['57014', 'DEADLINE_EXCEEDED', 'the database took too long'],
    ['57P01', 'UNAVAILABLE', 'the database is not available'],
    ['57P03', 'UNAVAILABLE', 'the database is not available'],
    ['08006', 'UNAVAILABLE', 'the database is not available'],
    ['53300', 'RESOURCE_EXHAUSTED', 'the database has reached a limit'],
    ['42601', 'INTERNAL', 'internal error'],
    ['P0001', 'INTERNAL', 'internal error'],
  ])('%s is %s and logged', (state, ...expected) => {
    expect(outcome(postgres(state))).toEqual([...expected, 'logged']);
    expect(outcome(postgres(state).driverError)).toEqual([...expected, 'logged']);
  });

  it('sends RetryInfo for a collision', () => {
    expect(detail(toGrpcStatus(postgres('40P01'), { style: 'socio' }).details, 'RetryInfo')).toEqual({
      retryDelay: { nanos: 100_000_000 },
    });
  });
});

describe('errors of SQLite', () => {
  it.each([
    ['CONSTRAINT_UNIQUE', 'UNIQUE constraint failed: author.email', 'ALREADY_EXISTS', UNIQUE_EMAIL],
    [
      'CONSTRAINT_UNIQUE',
      'UNIQUE constraint failed: author.firstName, author.last',
      'ALREADY_EXISTS',
      UNIQUE_NAME,
    ],
    ['CONSTRAINT_NOTNULL', 'NOT NULL constraint failed: author.email', 'INVALID_ARGUMENT', NULL_EMAIL],
    ['BUSY', 'database is locked', 'ABORTED', 'the transaction collided with another one, try again'],
    [
      'BUSY_SNAPSHOT',
      'database is locked',
      'ABORTED',
      'the transaction collided with another one, try again',
    ],
    ['LOCKED', 'table is locked', 'ABORTED', 'the transaction collided with another one, try again'],
    ['TOOBIG', 'string or blob too big', 'INVALID_ARGUMENT', 'a value is too long'],
    ['MISMATCH', 'datatype mismatch', 'INVALID_ARGUMENT', 'a value has the wrong form'],
  ])('SQLITE_%s: %s', (code, text, ...expected) => {
    expect(outcome(sqlite(`SQLITE_${code}`, text))).toEqual([...expected, 'not logged']);
  });

  it.each([
    ['CONSTRAINT_PRIMARYKEY', 'UNIQUE constraint failed: author.hidden', 'ALREADY_EXISTS', UNIQUE_UNKNOWN],
    ['CONSTRAINT_UNIQUE', "UNIQUE constraint failed: index 'lower_email'", 'ALREADY_EXISTS', UNIQUE_UNKNOWN],
    ['CONSTRAINT_UNIQUE', 'UNIQUE constraint failed: other.email', 'ALREADY_EXISTS', UNIQUE_UNKNOWN],
    ['CONSTRAINT_FOREIGNKEY', 'FOREIGN KEY constraint failed', 'FAILED_PRECONDITION', MISSING_UNKNOWN],
    ['CONSTRAINT_CHECK', 'CHECK constraint failed: price > 0', 'FAILED_PRECONDITION', CHECK],
    ['CONSTRAINT_TRIGGER', 'text of a trigger', 'FAILED_PRECONDITION', CHECK],
    ['CANTOPEN', 'unable to open database file', 'UNAVAILABLE', 'the database is not available'],
    ['IOERR_WRITE', 'disk I/O error', 'UNAVAILABLE', 'the database is not available'],
    ['FULL', 'database or disk is full', 'RESOURCE_EXHAUSTED', 'the database has reached a limit'],
    ['ERROR', 'no such table: author', 'INTERNAL', 'internal error'],
  ])('SQLITE_%s: %s is logged', (code, text, ...expected) => {
    expect(outcome(sqlite(`SQLITE_${code}`, text))).toEqual([...expected, 'logged']);
  });

  it('tells the side of a foreign key by the statement', () => {
    const error = sqlite(
      'SQLITE_CONSTRAINT_FOREIGNKEY',
      'FOREIGN KEY constraint failed',
      'DELETE FROM "author"',
    );
    expect(outcome(error)).toEqual(['FAILED_PRECONDITION', REFERENCED, 'not logged']);
  });
});

describe('a lost connection', () => {
  const refused = (address: string) =>
    Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED', syscall: 'connect' });

  it.each([
    new Error('Connection terminated unexpectedly'),
    new Error('Connection terminated due to connection timeout', { cause: new Error('secret') }),
    new Error('timeout exceeded when trying to connect'),
    new Error('Cannot use a pool after calling end on the pool'),
    new Error('Client has encountered a connection error and is not queryable'),
    new TypeError('The database connection is not open'),
    new TypeORMError('Driver not Connected'),
    new ConnectionIsNotSetError('postgres'),
    new QueryRunnerAlreadyReleasedError(),
    new QueryFailedError('SELECT 1', [], new Error('Connection terminated unexpectedly')),
  ])('%o', (error) => {
    expect(outcome(error)).toEqual(['UNAVAILABLE', 'the database is not available', 'logged']);
  });

  it.each([
    refused('10.0.0.5:5432'),
    new AggregateError([refused('::1:5432'), refused('127.0.0.1:5432')]),
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  ])('%o', (error) => {
    expect(outcome(error)).toEqual([
      'UNAVAILABLE',
      'a service that this one needs is not available',
      'logged',
    ]);
  });

  it('is not seen in other errors thrown together', () => {
    expect(outcome(new AggregateError([refused('::1:5432'), new Error('secret')]))[0]).toBe('INTERNAL');
    expect(outcome(new AggregateError([]))[0]).toBe('INTERNAL');
  });

  it('has its own sentence for a slow query of pg', () => {
    expect(outcome(new Error('Query read timeout'))).toEqual([
      'DEADLINE_EXCEEDED',
      'the database took too long',
      'logged',
    ]);
  });
});

describe('errors of TypeORM', () => {
  class Author {}

  it.each([
    [Author, 'Author not found'],
    ['Author', 'Author not found'],
    [new EntitySchema<Author>({ name: 'Writer', columns: {} }), 'Writer not found'],
  ])('says which entity was not found', (target, message) => {
    const error = new EntityNotFoundError(target, { email: 'secret' });
    expect(outcome(error)).toEqual(['NOT_FOUND', message, 'not logged']);
    expect(toGrpcStatus(error, { style: 'dsg' }).message).toBe(
      `{"message": "${message}", "code": "not_found"}`,
    );
  });

  it('aborts on a newer version', () => {
    expect(outcome(new OptimisticLockVersionMismatchError('author', 1, 2))).toEqual([
      'ABORTED',
      'the object was changed by somebody else in the meantime',
      'not logged',
    ]);
  });

  it('hides its other errors', () => {
    const error = new DriverOptionNotSetError('secret');
    expect(outcome(error)).toEqual(['INTERNAL', 'internal error', 'logged']);
  });
});

it('names no field without a lookup', () => {
  const error = postgres('23505', { detail: 'Key (email)=(a) already exists.' });
  expect(toGrpcStatus(error, { style: 'socio' }).message).toBe(UNIQUE_UNKNOWN);
});

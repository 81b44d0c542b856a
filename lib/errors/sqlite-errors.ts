/** Errors of SQLite (https://www.sqlite.org/rescode.html) as better-sqlite3 throws them. */
import {
  badValueFailure,
  checkFailure,
  conflictFailure,
  exhaustedFailure,
  missingReferenceFailure,
  notNullFailure,
  stillReferencedFailure,
  unavailableFailure,
  uniqueFailure,
  type Fields,
} from './constraint-failures.js';
import type { Failure } from './failure.js';
import type { FieldLookup } from './grpc-status.js';

/** By the primary result code; extended ones begin with it (`SQLITE_BUSY_SNAPSHOT`). */
const CODES: { readonly [code: string]: () => Failure } = {
  BUSY: conflictFailure,
  LOCKED: conflictFailure,
  CANTOPEN: unavailableFailure,
  IOERR: unavailableFailure,
  FULL: exhaustedFailure,
  NOMEM: exhaustedFailure,
  TOOBIG: () => badValueFailure('a value is too long'),
  MISMATCH: () => badValueFailure('a value has the wrong form'),
};

/** Errors of better-sqlite3 and of other drivers that carry no result code. */
const TEXTS: readonly (readonly [RegExp, () => Failure])[] = [
  [/^The database connection is not open$/, unavailableFailure],
  [/^database is locked$/, conflictFailure],
  [/^The bound string, buffer, or bigint is too big$/, () => badValueFailure('a value is too big')],
];

/**
 * @param verb first word of the statement: SQLite does not say which side of a foreign key is at fault
 * @returns undefined for what is not SQLite's, and for faults of the server's own SQL
 */
export function sqliteFailure(error: Error, verb?: string, fieldsOf?: FieldLookup): Failure | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return TEXTS.find(([text]) => text.test(error.message))?.[1]();
  const primary = /^SQLITE_([A-Z]+)/.exec(code)?.[1];
  if (primary === 'CONSTRAINT') return constraintFailure(error.message, verb, fieldsOf);
  return primary === undefined ? undefined : CODES[primary]?.();
}

/** `UNIQUE constraint failed: author.first, author.last` */
function constraintFailure(text: string, verb?: string, fieldsOf?: FieldLookup): Failure {
  const [, kind, subject = ''] =
    /(UNIQUE|NOT NULL|FOREIGN KEY) constraint failed(?:: (.*))?$/s.exec(text) ?? [];
  if (kind === 'UNIQUE') return uniqueFailure(fieldsFor(subject, fieldsOf));
  if (kind === 'NOT NULL') return notNullFailure(fieldsFor(subject, fieldsOf));
  if (kind !== 'FOREIGN KEY') return checkFailure();
  return verb === 'DELETE' ? stillReferencedFailure() : missingReferenceFailure(undefined);
}

/** Of an index on an expression SQLite names no column: `UNIQUE constraint failed: index 'lower_email'`. */
function fieldsFor(subject: string, fieldsOf?: FieldLookup): Fields {
  const places = subject.split(', ').map((place) => /^([^.]+)\.(.+)$/s.exec(place));
  const table = places[0]?.[1];
  if (table === undefined || !places.every((place) => place?.[1] === table)) return undefined;
  return fieldsOf?.(
    table,
    places.map((place) => place?.[2] ?? ''),
  );
}

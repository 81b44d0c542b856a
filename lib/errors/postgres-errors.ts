/** Errors of PostgreSQL by SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
import {
  badValueFailure,
  checkFailure,
  conflictFailure,
  exhaustedFailure,
  missingReferenceFailure,
  notNullFailure,
  schemaChangeFailure,
  stillReferencedFailure,
  tooSlowFailure,
  unavailableFailure,
  uniqueFailure,
  type Fields,
} from './constraint-failures.js';
import type { Failure } from './failure.js';
import type { FieldLookup } from './grpc-status.js';

/** What the library reads of pg's `DatabaseError`. */
interface PostgresError {
  readonly code: string;
  readonly severity: string;
  readonly detail?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  /** The function of the server that found it, in no human language. */
  readonly routine?: string | undefined;
}

interface Refusal {
  readonly error: PostgresError;
  /** `INSERT`, `DELETE`, ... when TypeORM tells the statement. */
  readonly verb: string | undefined;
  fields(columns: readonly string[]): Fields;
}

/** States, or their first two characters for a whole class. */
const STATES: { readonly [state: string]: (refusal: Refusal) => Failure | undefined } = {
  '23505': ({ error, fields }) => uniqueFailure(fields(keyColumns(error.detail))),
  '23503': foreignKeyFailure,
  '23001': stillReferencedFailure,
  '23502': ({ error, fields }) => notNullFailure(fields(error.column ? [error.column] : [])),
  '23514': checkFailure,
  '23P01': checkFailure,
  '22001': () => badValueFailure('a text is too long'),
  '54000': () => badValueFailure('a value is too long'),
  '22003': () => badValueFailure('a number is out of range'),
  '22P02': () => badValueFailure('a value has the wrong form'),
  '22007': () => badValueFailure('a date or time has the wrong form'),
  '22008': () => badValueFailure('a date or time is out of range'),
  '22021': () => badValueFailure('a text has a character that cannot be stored'),
  '22P05': () => badValueFailure('a text has a character that cannot be stored'),
  '2201B': () => badValueFailure('a regular expression has the wrong form'),
  '0A000': ({ error }) => (error.routine === 'RevalidateCachedQuery' ? schemaChangeFailure() : undefined),
  '26000': schemaChangeFailure,
  '40001': conflictFailure,
  '40P01': conflictFailure,
  '55P03': conflictFailure,
  '57014': tooSlowFailure,
  '25P04': tooSlowFailure,
  '57P01': unavailableFailure,
  '57P02': unavailableFailure,
  '57P03': unavailableFailure,
  '57P04': unavailableFailure,
  '57P05': unavailableFailure,
  '08': unavailableFailure,
  '53': exhaustedFailure,
};

/** Errors of pg and its pool that carry no SQLSTATE. */
const TEXTS: readonly (readonly [RegExp, () => Failure])[] = [
  [/^Connection terminated/, unavailableFailure],
  [/^timeout exceeded when trying to connect$/, unavailableFailure],
  [/^timeout expired$/, unavailableFailure],
  [/^Cannot use a pool after calling end on the pool$/, unavailableFailure],
  [/^Client has encountered a connection error and is not queryable$/, unavailableFailure],
  [/^Client was closed and is not queryable$/, unavailableFailure],
  [/^Query read timeout$/, tooSlowFailure],
];

/**
 * @param verb first word of the statement: only it tells the two faults of a foreign key apart when the server
 * speaks another language than English
 * @returns undefined for what is not PostgreSQL's, and for faults of the server's own SQL
 */
export function postgresFailure(error: Error, verb?: string, fieldsOf?: FieldLookup): Failure | undefined {
  if (!isPostgresError(error)) return TEXTS.find(([text]) => text.test(error.message))?.[1]();
  const translate =
    STATES[error.code] ??
    STATES[error.code.slice(0, 2)] ??
    (endsSession(error) ? unavailableFailure : undefined);
  return translate?.({ error, verb, fields: (columns) => fieldsFor(error.table, columns, fieldsOf) });
}

function isPostgresError(error: object): error is PostgresError {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof severity === 'string' && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
}

/** The session ended or never began, whatever the reason: a database that takes no connections, a refused login. */
export function endsSession(error: object): boolean {
  return isPostgresError(error) && (error.severity === 'FATAL' || error.severity === 'PANIC');
}

function fieldsFor(table: string | undefined, columns: readonly string[], fieldsOf?: FieldLookup): Fields {
  return table !== undefined && columns.length > 0 ? fieldsOf?.(table, columns) : undefined;
}

/** `Key (first, "lastName")=(Ada, Lovelace) already exists.`; of an index on an expression comes no column's name. */
function keyColumns(detail = ''): readonly string[] {
  const columns = /\((.+?)\)=\(/s.exec(detail)?.[1]?.split(', ') ?? [];
  return columns.map((column) => column.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"'));
}

/**
 * `Key (userId)=(99) is not present in table "user".`: the value may contain anything, also the other sentence,
 * so both are recognised by how they end.
 */
function foreignKeyFailure({ error: { detail = '' }, verb, fields }: Refusal): Failure {
  const missing = /\)=\((.*)\) is not present in table "[^"]*"\.$/s.exec(detail);
  if (missing) return missingReferenceFailure(fields(keyColumns(detail)), missing[1]);
  const referenced = verb === 'DELETE' || / is (?:still )?referenced from table "[^"]*"\.$/.test(detail);
  return referenced ? stillReferencedFailure() : missingReferenceFailure(undefined);
}

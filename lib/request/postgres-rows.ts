/** Rows straight from pg, by named prepared statements. */
import { createHash } from 'node:crypto';
import type { DataSource, QueryRunner } from 'typeorm';
import { endsSession } from '../errors/postgres-errors.js';
import { failed, MOST, reorderOf, type Reorder, type Rows } from './driver-rows.js';
import type { BoundWrite, RowSource } from './row-source.js';

interface PostgresQuery {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
  readonly rowMode: 'array';
}

interface PostgresResult {
  readonly rows: Rows;
  readonly fields: readonly { readonly name: string }[];
}

type Send = (query: PostgresQuery) => Promise<PostgresResult>;

interface PostgresConnection {
  query(query: PostgresQuery): Promise<PostgresResult>;
}

export interface PostgresPool extends PostgresConnection {
  connect(
    done: (error: Error | undefined, client: PostgresClient | undefined, release: Release) => void,
  ): void;
  on(event: 'acquire', listener: (client: PostgresClient) => void): void;
}

/** @param broken why nobody may use the connection any more */
type Release = (broken?: Error) => void;

interface PostgresClient {
  on(event: 'error', listener: () => void): void;
  query(query: PostgresQuery, done: (error: Error | null, result: PostgresResult) => void): void;
}

/** SQLSTATE of prepared statements that no longer fit; see the appendix of PostgreSQL's manual. */
const OTHER_RESULT = '0A000';
const NO_SUCH_STATEMENT = '26000';
const STATEMENT_EXISTS = '42P05';

interface PreparedText {
  /** Of the text, so that it means the same on every connection; undefined: it is sent as it is. */
  readonly name: string | undefined;
  reorder?: Reorder | undefined;
  /** Whether rows have come, so that it is known what order they have. */
  seen: boolean;
}

export class PostgresRows implements RowSource {
  private readonly known = new Map<string, PreparedText>();
  /** How often texts had to be prepared anew, because the schema changed. */
  private schema = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly pool: PostgresPool,
    private prepared: boolean,
  ) {
    if (WATCHED.has(pool)) return;
    WATCHED.add(pool);
    pool.on('acquire', withstand);
  }

  rows(
    runner: QueryRunner | undefined,
    text: string,
    values: readonly unknown[],
    names: readonly string[],
  ): Promise<Rows> {
    return this.run(runner, text, values, names, (query) => this.pool.query(query));
  }

  /** The pool's own `query()` does not tell when it has a connection, and drops connections on which a statement fails. */
  async write(
    runner: QueryRunner | undefined,
    { sql, values, names, asks }: BoundWrite,
    proceed: () => void,
  ): Promise<Rows> {
    const send: Send = (query) => onConnection(this.pool, query, proceed);
    for (const ask of asks)
      if ((await this.run(runner, ask.sql, ask.values, [], send)).length === 0) return [];
    return this.run(runner, sql, values, names, send);
  }

  private async run(
    runner: QueryRunner | undefined,
    text: string,
    values: readonly unknown[],
    names: readonly string[],
    send: Send,
    mended = false,
  ): Promise<Rows> {
    const bound = [...values];
    this.dataSource.logger.logQuery(text, bound, runner);
    const statement = this.statementOf(text);
    const { name } = statement;
    try {
      const query: PostgresQuery =
        this.prepared && name !== undefined
          ? { name, text, values: bound, rowMode: 'array' }
          : { text, values: bound, rowMode: 'array' };
      const { rows, fields } = runner
        ? await ((await runner.connect()) as PostgresConnection).query(query)
        : await send(query);
      if (!statement.seen) {
        const given = fields.map((field) => field.name);
        Object.assign(statement, { seen: true, reorder: reorderOf(given, names) });
      }
      return statement.reorder ? statement.reorder(rows) : rows;
    } catch (error) {
      if (error instanceof Stopped) throw error.reason;
      // In a transaction the error has ended it; what comes after is to work again.
      const mends = !mended && this.canMend(error);
      if (mends && !runner) return this.run(runner, text, values, names, send, true);
      throw failed(this.dataSource, error, text, bound, runner);
    }
  }

  /** The server keeps prepared statements as long as the connection lives; beyond some, texts go as they are. */
  private statementOf(text: string): PreparedText {
    const known = this.known.get(text);
    if (known) return known;
    if (this.known.size >= MOST) return { name: undefined, seen: false };
    const digest = createHash('sha256').update(`${this.schema} ${text}`).digest('base64url');
    const statement: PreparedText = { name: `socio_${digest}`, seen: false };
    this.known.set(text, statement);
    return statement;
  }

  /** Whether a statement failed only because it was prepared: for another schema, or on another connection of a pooler. */
  private canMend(error: unknown): boolean {
    const { code } = error as { readonly code?: unknown };
    if (!this.prepared) return false;
    if (code === OTHER_RESULT) {
      this.schema += 1;
      this.known.clear();
      return true;
    }
    if (code !== NO_SUCH_STATEMENT && code !== STATEMENT_EXISTS) return false;
    this.prepared = false;
    return true;
  }
}

/** A statement that was not sent. */
class Stopped extends Error {
  constructor(readonly reason: unknown) {
    super('the statement is not wanted any more');
  }
}

/** By callbacks, since each promise costs a write more than what it is for. */
function onConnection(
  pool: PostgresPool,
  query: PostgresQuery,
  proceed: () => void,
): Promise<PostgresResult> {
  return new Promise((resolve, reject) => {
    pool.connect((unreachable, client, release) => {
      if (unreachable || !client) return reject(unreachable ?? new Error('the pool gave no connection'));
      try {
        proceed();
      } catch (reason) {
        release();
        return reject(new Stopped(reason));
      }
      client.query(query, (error, result) => {
        // The server says that it ends a session before it does: whoever waits would get what is ending.
        release(error && endsSession(error) ? error : undefined);
        if (error) reject(error);
        else resolve(result);
      });
    });
  });
}

const ignore = (): void => undefined;

/** Pools, and their connections, whose errors have a listener. */
const WATCHED = new WeakSet<object>();

/**
 * A connection goes from one statement to whoever waits for it at once, and TypeORM begins to listen to it a moment later: a
 * server that ends it in between must not end the process, as errors do that nobody listens to. The next statement fails.
 */
function withstand(client: PostgresClient): void {
  if (WATCHED.has(client)) return;
  WATCHED.add(client);
  client.on('error', ignore);
}

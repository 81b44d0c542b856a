/** Prepared statements, written by hand for each database. */
import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import { tuneSqlite, type DatabaseOptions } from '../databases.js';
import type { ListParameters } from './list-request.js';

/** Values in the order of the SELECT; booleans are booleans, moments texts of ISO 8601. */
export type Row = unknown[];

type Values = Readonly<Record<string, unknown>>;

export interface Database {
  post(id: number): Promise<Row | undefined>;
  posts(parameters: ListParameters): Promise<Row[]>;
  /** With the author's name and country behind the post's columns. */
  nestedPosts(parameters: ListParameters): Promise<Row[]>;
  /** Post, id, text. */
  comments(posts: readonly unknown[]): Promise<Row[]>;
  createPost(values: Values): Promise<Row | undefined>;
  updatePost(values: Values): Promise<Row | undefined>;
  readings(after: number, limit: number): Promise<Row[]>;
}

type Query = (sql: string, values: readonly unknown[]) => Promise<Row[]>;

const COLUMNS = [
  'id',
  'headline',
  'subtitle',
  'content',
  'rating',
  'views',
  'pinned',
  'publishedAt',
  'authorId',
];
const POST = COLUMNS.map((column) => `p."${column}"`).join(', ');
const RETURNED = COLUMNS.map((column) => `"${column}"`).join(', ');
const INSERTED = ['headline', 'subtitle', 'content', 'rating', 'views', 'pinned', 'publishedAt', 'authorId'];

const CONDITIONS: Readonly<Record<string, string>> = {
  pinned: 'p."pinned" = ?',
  views__gte: 'p."views" >= ?',
  views__lt: 'p."views" < ?',
  headline__icontains: `p."headline" LIKE '%' || ? || '%'`,
};

const UPDATABLE = ['headline', 'subtitle', 'content', 'rating', 'views', 'pinned'];

export function openDatabase(
  options: DatabaseOptions,
  poolSize: number,
  record: (sql: string) => void,
): Database {
  return options.kind === 'sqlite' ? sqlite(options.file, record) : postgres(options.url, poolSize, record);
}

function sqlite(file: string, record: (sql: string) => void): Database {
  const connection = new BetterSqlite3(file);
  tuneSqlite(connection);
  connection.pragma('foreign_keys = ON');
  const prepared = new Map<string, BetterSqlite3.Statement>();
  const query: Query = async (sql, values) => {
    record(sql);
    let statement = prepared.get(sql);
    if (!statement) prepared.set(sql, (statement = connection.prepare(sql).raw(true)));
    return statement.all(...values) as Row[];
  };
  const moment = (text: unknown): string => `${(text as string).replace(' ', 'T')}Z`;
  const post = (row: Row): Row => {
    row[6] = row[6] === 1;
    row[7] = moment(row[7]);
    return row;
  };
  return database(query, {
    placeholder: () => '?',
    bound: (value) => (typeof value === 'boolean' ? Number(value) : value),
    list: (values) => [`IN (${values.map(() => '?').join(', ')})`, values],
    written: (text) => String(text).replace('T', ' ').replace('Z', ''),
    post,
    reading: (row) => {
      row[3] = row[3] === 1;
      row[4] = moment(row[4]);
      return row;
    },
  });
}

function postgres(connectionString: string, poolSize: number, record: (sql: string) => void): Database {
  const pool = new pg.Pool({ connectionString, max: poolSize });
  const names = new Map<string, string>();
  const query: Query = async (text, values) => {
    record(text);
    let name = names.get(text);
    if (name === undefined) names.set(text, (name = `s${names.size}`));
    const { rows } = await pool.query({ name, text, values: [...values], rowMode: 'array' });
    return rows as Row[];
  };
  const at =
    (index: number) =>
    (row: Row): Row => {
      row[index] = (row[index] as Date).toISOString();
      return row;
    };
  return database(query, {
    placeholder: (index) => `$${index + 1}`,
    bound: (value) => value,
    list: (values) => ['= ANY($1)', [values]],
    written: (text) => new Date(text as string),
    post: at(7),
    reading: at(4),
  });
}

/** What the databases write in different ways. */
interface Dialect {
  readonly placeholder: (index: number) => string;
  readonly bound: (value: unknown) => unknown;
  readonly list: (values: readonly unknown[]) => readonly [sql: string, bound: readonly unknown[]];
  readonly written: (moment: unknown) => unknown;
  readonly post: (row: Row) => Row;
  readonly reading: (row: Row) => Row;
}

function database(query: Query, dialect: Dialect): Database {
  const { placeholder, bound, list, written, post, reading } = dialect;
  const numbered = (sql: string): string => {
    let index = 0;
    return sql.replace(/\?/g, () => placeholder(index++));
  };
  const page = async (select: string, { filters, offset, limit }: ListParameters): Promise<Row[]> => {
    const asked = Object.entries(filters).filter(([name]) => CONDITIONS[name] !== undefined);
    const where = asked.map(([name]) => CONDITIONS[name]).join(' AND ');
    const sql = `${select}${where && ` WHERE ${where}`} ORDER BY p."id" LIMIT ? OFFSET ?`;
    const values = [...asked.map(([, value]) => bound(value)), limit, offset];
    return (await query(numbered(sql), values)).map(post);
  };
  return {
    async post(id) {
      const [row] = await query(numbered(`SELECT ${POST} FROM "post" p WHERE p."id" = ?`), [id]);
      return row && post(row);
    },
    posts: (parameters) => page(`SELECT ${POST} FROM "post" p`, parameters),
    nestedPosts: (parameters) =>
      page(
        `SELECT ${POST}, a."name", a."country" FROM "post" p JOIN "author" a ON a."id" = p."authorId"`,
        parameters,
      ),
    comments(posts) {
      const [condition, values] = list(posts);
      return query(
        `SELECT "postId", "id", "text" FROM "comment" WHERE "postId" ${condition} ORDER BY "id"`,
        values,
      );
    },
    async createPost(values) {
      const places = INSERTED.map(() => '?').join(', ');
      const { headline, subtitle, content, rating, views, pinned, published_at, author } = values;
      const has = Object.hasOwn(values, 'subtitle');
      const [row] = await query(
        numbered(
          `INSERT INTO "post" (${INSERTED.map((column) => `"${column}"`).join(', ')}) VALUES (${places}) RETURNING ${RETURNED}`,
        ),
        [
          headline,
          has ? subtitle : null,
          content,
          rating,
          views,
          bound(pinned),
          written(published_at),
          author,
        ],
      );
      return row && post(row);
    },
    async updatePost(values) {
      const listed = values['_partial_update_fields'] as readonly string[];
      const names = UPDATABLE.filter((name) => listed.includes(name));
      const [row] = await query(
        numbered(
          `UPDATE "post" SET ${names.map((name) => `"${name}" = ?`).join(', ')} WHERE "id" = ? RETURNING ${RETURNED}`,
        ),
        [...names.map((name) => bound(values[name])), values['id']],
      );
      return row && post(row);
    },
    async readings(after, limit) {
      const rows = await query(
        numbered(
          'SELECT "id", "sensor", "value", "valid", "takenAt" FROM "reading" WHERE "id" > ? ORDER BY "id" LIMIT ?',
        ),
        [after, limit],
      );
      return rows.map(reading);
    },
  };
}

/** Fills the tables inside the database. */
import type { DataSource } from 'typeorm';

export interface Size {
  readonly posts: number;
  readonly readings: number;
}

const AUTHORS = 200;
/** Comments of each post. */
export const COMMENTS = 3;

export async function seed(dataSource: DataSource, { posts, readings }: Size): Promise<void> {
  const { numbers, moment, text, boolean } = dataSource.options.type === 'postgres' ? POSTGRES : SQLITE;
  const insert = (table: string, columns: string, count: number, values: string): Promise<unknown> =>
    dataSource.query(
      `INSERT INTO ${table} (${columns}) ${numbers(count)} SELECT ${values} FROM n`.replace(
        /^(INSERT INTO .*?\)) (WITH .*?\)) (SELECT .*)$/s,
        '$2 $1 $3',
      ),
    );
  await insert('"author"', '"name", "country"', AUTHORS, `'Author ' || ${text('i')}, 'DE'`);
  await insert(
    '"post"',
    '"headline", "subtitle", "content", "rating", "views", "pinned", "publishedAt", "authorId"',
    posts,
    `'Headline of post number ' || ${text('i')}, CASE WHEN i % 3 = 0 THEN NULL ELSE 'Subtitle ' || ${text('i')} END, ` +
      `'Some content of the post, long enough to be a sentence or two, number ' || ${text('i')}, ` +
      `(i % 50) / 10.0, i * 7, ${boolean('i % 10 = 0')}, ${moment('i')}, i % ${AUTHORS} + 1`,
  );
  await insert(
    '"comment"',
    '"text", "postId"',
    posts * COMMENTS,
    `'A comment with number ' || ${text('i')}, (i - 1) / ${COMMENTS} + 1`,
  );
  await insert(
    '"reading"',
    '"id", "sensor", "value", "valid", "takenAt"',
    readings,
    `i, 'sensor-' || ${text('i % 100')}, i / 8.0, ${boolean('i % 7 <> 0')}, ${moment('i')}`,
  );
  await dataSource.query('ANALYZE');
}

interface Dialect {
  readonly numbers: (count: number) => string;
  readonly moment: (i: string) => string;
  readonly text: (i: string) => string;
  readonly boolean: (condition: string) => string;
}

const SQLITE: Dialect = {
  numbers: (count) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`,
  moment: (i) =>
    `strftime('%Y-%m-%d %H:%M:%S', 1767225600 + ${i}, 'unixepoch') || '.' || printf('%03d', ${i} % 1000)`,
  text: (i) => `CAST(${i} AS TEXT)`,
  boolean: (condition) => `(${condition})`,
};

const POSTGRES: Dialect = {
  numbers: (count) => `WITH n AS (SELECT i FROM generate_series(1, ${count}) i)`,
  moment: (i) => `timestamp '2026-01-01 00:00:00' + ${i} * interval '1.001 second'`,
  text: (i) => `(${i})::text`,
  boolean: (condition) => `(${condition})`,
};

import { status } from '@grpc/grpc-js';
import {
  Check,
  Column,
  DataSource,
  Entity,
  ManyToOne,
  PrimaryGeneratedColumn,
  Unique,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FieldLookup, GrpcStatus } from '../../lib/errors/grpc-status.js';
import { toGrpcStatus } from '../../lib/errors/to-grpc-status.js';
import { administer, createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { detail } from '../unit/errors/decode-details.js';

@Entity('tbl_author')
@Unique('uq_author_name', ['firstName', 'lastName'])
class Author {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ name: 'col_email', unique: true, length: 20 }) email!: string;
  @Column({ name: 'col_first' }) firstName!: string;
  @Column({ name: 'col_last' }) lastName!: string;
}

@Entity('tbl_book')
@Check('ck_book_price', '"col_price" > 0')
class Book {
  @PrimaryGeneratedColumn() id!: number;
  @Column('int', { name: 'col_price' }) price!: number;
  @ManyToOne(() => Author, { nullable: false }) author!: Relation<Author>;
}

const FIELDS = new Map(
  Object.entries({
    col_email: 'email',
    col_first: 'first_name',
    col_last: 'last_name',
    col_price: 'price',
    authorId: 'author',
  }),
);

const fieldsOf: FieldLookup = (table, columns) => {
  const fields = columns.map((column) => FIELDS.get(column));
  return table.startsWith('tbl_') && fields.every((field) => field !== undefined) ? fields : undefined;
};

/** Tables, columns, constraints and SQL. */
const INTERNALS = /tbl_|col_|uq_|ck_|authorId|FK_|UQ_|PK_|INSERT|UPDATE|DELETE|SELECT|constraint/;

const ada = { email: 'ada@x', firstName: 'Ada', lastName: 'Lovelace' };

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable('the database accepted it'),
    (error: unknown) => error,
  );
}

function shown(error: unknown): readonly [string | undefined, string] {
  const result: GrpcStatus = toGrpcStatus(error, { style: 'socio', fieldsOf });
  expect(result.message).not.toMatch(INTERNALS);
  expect(result.details?.toString('utf8')).not.toMatch(INTERNALS);
  return [status[result.code], result.message];
}

describe.each(DATABASES)('errors of %s', (kind) => {
  let database: TestDatabase;
  let source: DataSource;

  beforeAll(async () => {
    database = await createDatabase(kind);
    source = await new DataSource({ ...database.options, entities: [Author, Book] }).initialize();
  });

  beforeEach(async () => {
    await source.createQueryBuilder().delete().from(Book).execute();
    await source.createQueryBuilder().delete().from(Author).execute();
    await source.manager.save(source.manager.create(Author, ada));
  });

  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('names the field of a unique clash', async () => {
    const error = await failureOf(source.manager.insert(Author, { ...ada, firstName: 'Grace' }));
    expect(shown(error)).toEqual([
      'ALREADY_EXISTS',
      '{"email": [{"message": "This field must be unique.", "code": "unique"}]}',
    ]);
    expect(detail(toGrpcStatus(error, { style: 'socio', fieldsOf }).details, 'BadRequest')).toEqual({
      fieldViolations: [{ field: 'email', description: 'This field must be unique.', reason: 'UNIQUE' }],
    });
  });

  it('names all fields of a composite unique clash', async () => {
    const error = await failureOf(source.manager.insert(Author, { ...ada, email: 'other@x' }));
    expect(shown(error)).toEqual([
      'ALREADY_EXISTS',
      '{"non_field_errors": [{"message": "The fields first_name, last_name must make a unique set.", "code": "unique"}]}',
    ]);
  });

  it('refuses a key that belongs to no object', async () => {
    const error = await failureOf(source.manager.insert(Book, { price: 1, author: { id: 99_999 } }));
    const messages = {
      sqlite: 'an object that this one refers to does not exist',
      postgres:
        '{"author": [{"message": "Invalid pk \\"99999\\" - object does not exist.", "code": "does_not_exist"}]}',
    };
    expect(shown(error)).toEqual(['FAILED_PRECONDITION', messages[kind]]);
  });

  it('refuses to delete what is still referenced', async () => {
    const author = await source.manager.findOneByOrFail(Author, { email: ada.email });
    await source.manager.insert(Book, { price: 1, author });
    expect(shown(await failureOf(source.manager.delete(Author, author.id)))).toEqual([
      'FAILED_PRECONDITION',
      'the object is still referenced by other objects',
    ]);
  });

  it('names the field that may not be null', async () => {
    const error = await failureOf(source.manager.insert(Author, { ...ada, email: null as never }));
    expect(shown(error)).toEqual([
      'INVALID_ARGUMENT',
      '{"email": [{"message": "This field may not be null.", "code": "null"}]}',
    ]);
  });

  it('reports a check', async () => {
    const author = await source.manager.findOneByOrFail(Author, { email: ada.email });
    expect(shown(await failureOf(source.manager.insert(Book, { price: -1, author })))).toEqual([
      'FAILED_PRECONDITION',
      'the values break a rule of the database',
    ]);
  });

  it('says which entity was not found, without the criteria', async () => {
    expect(shown(await failureOf(source.manager.findOneByOrFail(Author, { email: 'secret' })))).toEqual([
      'NOT_FOUND',
      'Author not found',
    ]);
  });

  it('hides wrong SQL', async () => {
    expect(shown(await failureOf(source.query('SELECT col_secret FROM tbl_secret')))).toEqual([
      'INTERNAL',
      'internal error',
    ]);
  });

  it('reports a closed data source', async () => {
    const other = await new DataSource({ ...database.options, entities: [Author, Book] }).initialize();
    const { manager } = other;
    await other.destroy();
    expect(shown(await failureOf(manager.find(Author)))).toEqual([
      'UNAVAILABLE',
      'the database is not available',
    ]);
    expect(shown(await failureOf(manager.insert(Author, ada)))).toEqual([
      'UNAVAILABLE',
      'the database is not available',
    ]);
  });
});

describe('errors of postgres only', () => {
  let database: TestDatabase;
  let source: DataSource;

  beforeAll(async () => {
    database = await createDatabase('postgres');
    source = await new DataSource({ ...database.options, entities: [Author, Book] }).initialize();
    await source.manager.insert(Author, [ada, { email: 'grace@x', firstName: 'Grace', lastName: 'Hopper' }]);
  });

  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it.each([
    ['a text is too long', { ...ada, email: 'x'.repeat(21) }],
    ['a text has a character that cannot be stored', { ...ada, email: 'a\0b' }],
  ])('says that %s', async (message, values) => {
    expect(shown(await failureOf(source.manager.insert(Author, values)))).toEqual([
      'INVALID_ARGUMENT',
      message,
    ]);
  });

  it.each([
    ['a number is out of range', 'SELECT 99999999999::int4'],
    ['a value has the wrong form', "SELECT 'x'::int4"],
    ['a date or time has the wrong form', "SELECT 'x'::timestamp"],
    ['a date or time is out of range', "SELECT '2026-02-30'::date"],
  ])('says that %s, asked %s', async (message, sql) => {
    expect(shown(await failureOf(source.query(sql)))).toEqual(['INVALID_ARGUMENT', message]);
  });

  it('says that a statement took too long', async () => {
    const work = source.transaction(async (manager) => {
      await manager.query("SET LOCAL statement_timeout = '20ms'");
      await manager.query('SELECT pg_sleep(5)');
    });
    expect(shown(await failureOf(work))).toEqual(['DEADLINE_EXCEEDED', 'the database took too long']);
  });

  it('aborts one of two transactions that wait for each other', async () => {
    const lock = 'SELECT id FROM tbl_author WHERE col_email = $1 FOR UPDATE';
    const bothHold = barrier(2);
    const take = (first: string, second: string) =>
      source.transaction(async (manager) => {
        await manager.query("SET LOCAL deadlock_timeout = '50ms'");
        await manager.query(lock, [first]);
        await bothHold();
        await manager.query(lock, [second]);
      });
    const results = await Promise.allSettled([take('ada@x', 'grace@x'), take('grace@x', 'ada@x')]);
    const [error] = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    expect(shown(error)).toEqual(['ABORTED', 'the transaction collided with another one, try again']);
  });

  it('aborts a transaction that cannot be serialized', async () => {
    const rename = 'UPDATE tbl_author SET col_last = $1 WHERE col_email = $2';
    const work = source.transaction('REPEATABLE READ', async (manager) => {
      await manager.query('SELECT 1 FROM tbl_author');
      await source.query(rename, ['one', 'ada@x']);
      await manager.query(rename, ['two', 'ada@x']);
    });
    expect(shown(await failureOf(work))).toEqual([
      'ABORTED',
      'the transaction collided with another one, try again',
    ]);
  });

  it('reports a connection that the server ends during a statement', async () => {
    const work = source.transaction(async (manager) => {
      const [{ pid }] = (await manager.query('SELECT pg_backend_pid() AS pid')) as [{ pid: number }];
      const sleeping = manager.query('SELECT pg_sleep(5)');
      await Promise.all([sleeping, administer(`SELECT pg_terminate_backend(${pid})`)]);
    });
    expect(shown(await failureOf(work))).toEqual(['UNAVAILABLE', 'the database is not available']);
  });

  it('reports a connection that the server ended between two statements', async () => {
    const work = source.transaction(async (manager) => {
      const [{ pid }] = (await manager.query('SELECT pg_backend_pid() AS pid')) as [{ pid: number }];
      await administer(`SELECT pg_terminate_backend(${pid}, 2000)`);
      await manager.query('SELECT 1');
    });
    expect(shown(await failureOf(work))).toEqual(['UNAVAILABLE', 'the database is not available']);
  });

  it('reports a server that cannot be reached', async () => {
    const unreachable = new DataSource({
      type: 'postgres',
      host: 'localhost',
      port: 1,
      connectTimeoutMS: 1_000,
    });
    expect(shown(await failureOf(unreachable.initialize()))).toEqual([
      'UNAVAILABLE',
      'a service that this one needs is not available',
    ]);
  });
});

/** @returns a function whose promise resolves when it has been called `count` times */
function barrier(count: number): () => Promise<void> {
  let open: () => void;
  let waiting = count;
  const all = new Promise<void>((resolve) => (open = resolve));
  return () => {
    waiting -= 1;
    if (waiting === 0) open();
    return all;
  };
}

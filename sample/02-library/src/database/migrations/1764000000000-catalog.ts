import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { choice, created, date, integer, key, reference, text } from './columns.js';

/** Branches, members and the catalogue. Through TypeORM's schema API, so that it is SQL of either database. */
export class Catalog1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({ name: 'branch', columns: [key, text('name', 80)], uniques: [{ columnNames: ['name'] }] }),
    );
    await runner.createTable(
      new Table({
        name: 'member',
        columns: [
          key,
          text('email', 254),
          text('name', 100),
          text('passwordHash', 200),
          choice('role', ['reader', 'librarian', 'admin'], 'reader'),
          integer('openLoans', { default: 0 }),
          created('joinedAt', runner),
          integer('branchId'),
        ],
        uniques: [{ columnNames: ['email'] }],
        foreignKeys: [reference('branchId', 'branch')],
      }),
    );
    await runner.createTable(
      new Table({ name: 'author', columns: [key, text('name', 120), date('born', { isNullable: true })] }),
    );
    await runner.createTable(new Table({ name: 'tag', columns: [text('label', 40, { isPrimary: true })] }));
    await runner.createTable(
      new Table({
        name: 'book',
        columns: [
          key,
          text('isbn', 13),
          text('title', 200),
          { name: 'summary', type: 'text', default: "''" },
          date('printed', { isNullable: true }),
          choice('state', ['draft', 'published'], 'draft'),
          integer('copies', { default: 1 }),
          integer('lent', { default: 0 }),
          created('addedAt', runner),
          integer('authorId'),
          integer('branchId'),
          integer('ownerId'),
        ],
        uniques: [{ columnNames: ['branchId', 'isbn'] }],
        indices: [{ columnNames: ['title', 'id'] }],
        checks: [{ expression: '"lent" <= "copies"' }],
        foreignKeys: [
          reference('authorId', 'author'),
          reference('branchId', 'branch'),
          reference('ownerId', 'member'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'chapter',
        columns: [key, integer('number'), text('title', 200), integer('bookId')],
        foreignKeys: [reference('bookId', 'book', 'CASCADE')],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'cover',
        columns: [
          key,
          text('contentType', 40),
          integer('size'),
          text('sha256', 64),
          text('file', 36),
          integer('bookId', { isUnique: true }),
        ],
        foreignKeys: [reference('bookId', 'book', 'CASCADE')],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'book_tags_tag',
        columns: [integer('bookId', { isPrimary: true }), text('tagLabel', 40, { isPrimary: true })],
        indices: [{ columnNames: ['bookId'] }, { columnNames: ['tagLabel'] }],
        foreignKeys: [
          { ...reference('bookId', 'book', 'CASCADE'), onUpdate: 'CASCADE' },
          { ...reference('tagLabel', 'tag', 'CASCADE', 'label'), onUpdate: 'CASCADE' },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['book_tags_tag', 'cover', 'chapter', 'book', 'tag', 'author', 'member', 'branch'])
      await runner.dropTable(table);
  }
}

import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { choice, created, date, integer, key, reference } from './columns.js';

export class Loans1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'loan',
        columns: [
          key,
          choice('state', ['open', 'returned'], 'open'),
          created('borrowedAt', runner),
          date('dueOn'),
          date('returnedOn', { isNullable: true }),
          { name: 'fee', type: 'decimal', precision: 6, scale: 2, default: 0 },
          integer('bookId'),
          integer('memberId'),
        ],
        // Nobody has the same book twice at a time.
        indices: [{ columnNames: ['bookId', 'memberId'], isUnique: true, where: `"state" = 'open'` }],
        foreignKeys: [reference('bookId', 'book'), reference('memberId', 'member')],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('loan');
  }
}

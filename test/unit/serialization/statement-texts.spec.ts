import {
  Column,
  DataSource,
  Entity,
  PrimaryGeneratedColumn,
  type ObjectLiteral,
  type SelectQueryBuilder,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bound } from '../../../lib/serialization/select-rows.js';
import { StatementTexts } from '../../../lib/serialization/statement-texts.js';

@Entity()
class Thing {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column() open!: boolean;
}

type Query = SelectQueryBuilder<ObjectLiteral>;

describe('SQL texts', () => {
  let dataSource: DataSource;
  let built: number;
  let texts: StatementTexts;

  beforeAll(async () => {
    dataSource = new DataSource({ type: 'better-sqlite3', database: ':memory:', entities: [Thing] });
    await dataSource.initialize();
  });

  afterAll(() => dataSource.destroy());

  const query = (where: string, parameters: ObjectLiteral): Query =>
    dataSource.createQueryBuilder<ObjectLiteral>(Thing, 'thing').where(where, parameters);

  function find(asked: Query, window?: { limit: number; offset?: number }) {
    return texts.find(
      asked,
      (full) => {
        built += 1;
        full.select([]).addSelect('thing.id', 'c0').orderBy('thing.id');
      },
      window,
    );
  }

  beforeAll(() => {
    texts = new StatementTexts();
    built = 0;
  });

  it('are built once for all values', () => {
    const first = find(query('thing.name = :name AND thing.id > :id', { name: 'a', id: 1 }), { limit: 5 });
    const second = find(query('thing.name = :name AND thing.id > :id', { name: 'b', id: 2 }), { limit: 6 });
    expect(built).toBe(1);
    expect(second!.sql).toBe(first!.sql);
    expect(first!.sql).toMatch(/"name" = \? AND "thing"."id" > \? ORDER BY "thing"."id" ASC LIMIT \+\?$/);
    expect(first!.values).toEqual(['a', 1, 5]);
    expect(second!.values).toEqual(['b', 2, 6]);
    expect(first!.names).toEqual(['c0']);
  });

  it('differ by the length of lists, by conditions and by what is marked as removed', () => {
    const sqls = [
      find(query('thing.id IN (:...ids)', { ids: [1, 2] })),
      find(query('thing.id IN (:...ids)', { ids: [1, 2, 3] })),
      find(query('thing.id NOT IN (:...ids)', { ids: [1, 2] })),
      find(query('thing.id IN (:...ids)', { ids: [1, 2] }).andWhere('thing.open')),
    ].map((statement) => statement!.sql);
    expect(new Set(sqls).size).toBe(4);
  });

  it('bind values as they are', () => {
    const { values } = find(
      query('thing.id = :whole OR thing.id = :part OR thing.open = :yes OR thing.name = :bound', {
        whole: 7,
        part: 7.5,
        yes: true,
        bound: new Bound(8),
      }),
    )!;
    expect(values).toEqual([7, 7.5, true, 8]);
  });

  it.each([
    ['a date, which drivers write in their own ways', { value: new Date(0) }],
    ['null', { value: null }],
    ['no number', { value: NaN }],
    ['a list with null', { value: [1, null] }],
  ])('are left to TypeORM when a value is %s', (_what, parameters) => {
    expect(find(query('thing.name = :value', parameters))).toBeUndefined();
  });

  it('are left to TypeORM when the query locks', () => {
    expect(find(query('thing.id = :id', { id: 1 }).setLock('pessimistic_read'))).toBeUndefined();
  });

  it('are two hundred at most', () => {
    for (let index = 0; index < 250; index += 1) find(query(`thing.id = :id${index}`, { [`id${index}`]: 1 }));
    const before = built;
    find(query('thing.id = :id249', { id249: 2 }));
    expect(built).toBe(before);
    find(query('thing.id = :id0', { id0: 2 }));
    expect(built).toBe(before + 1);
  });
});

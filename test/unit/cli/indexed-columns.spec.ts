import {
  ChildEntity,
  Column,
  Entity,
  getMetadataArgsStorage,
  PrimaryGeneratedColumn,
  TableInheritance,
} from 'typeorm';
import { describe, expect, it } from 'vitest';
import { indexColumns } from '../../../lib/cli/indexed-columns.js';

abstract class Dated {
  @Column() created!: Date;
  @Column() title!: string;
}

@Entity()
@TableInheritance({ column: 'kind' })
class Content extends Dated {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 40 }) declare title: string;
}

@ChildEntity()
class Photo extends Content {
  @Column() size!: string;
}

describe('indexColumns', () => {
  it('answers as TypeORM does, also about bases and classes that come later', () => {
    const storage = getMetadataArgsStorage();
    const questions = [Photo, [Photo, Content, Dated], [Dated, Photo], [Content], 'nothing', []];
    const answers = questions.map((target) => storage.filterColumns(target as never));
    expect(answers.map((columns) => columns.map(({ propertyName }) => propertyName))).toEqual([
      ['size'],
      ['created', 'title', 'id', 'size'],
      ['created', 'title', 'size'],
      ['id', 'title'],
      [],
      [],
    ]);
    indexColumns(storage);
    questions.forEach((target, index) => {
      const found = storage.filterColumns(target as never);
      expect(found).toHaveLength(answers[index]?.length ?? -1);
      found.forEach((column, at) => expect(column).toBe(answers[index]?.[at]));
    });

    class Later {
      name!: string;
    }
    Column('varchar')(Later.prototype, 'name');
    expect(storage.filterColumns(Later).map(({ propertyName }) => propertyName)).toEqual(['name']);
  });
});

import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryGeneratedColumn,
  Unique,
  type Relation,
} from 'typeorm';
import { Cover } from '../covers/cover.entity.js';
import { Branch } from '../members/branch.entity.js';
import { Member } from '../members/member.entity.js';
import { Author } from './author.entity.js';
import { Chapter } from './chapter.entity.js';
import { Tag } from './tag.entity.js';

export enum BookState {
  Draft = 'draft',
  Published = 'published',
}

@Entity()
@Unique(['branch', 'isbn'])
@Index(['title', 'id'])
@Check('"lent" <= "copies"')
export class Book {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 13 }) isbn!: string;
  @Column({ length: 200 }) title!: string;
  @Column('text', { default: '' }) summary!: string;
  @Column({ type: 'date', nullable: true }) printed!: string | null;
  @Column({ type: 'simple-enum', enum: BookState, default: BookState.Draft }) state!: BookState;
  @Column({ default: 1 }) copies!: number;
  /** Copies that are out; the database keeps it in step with the loans, see `LoanDesk`. */
  @Column({ default: 0 }) lent!: number;
  @ManyToOne(() => Author, (author) => author.books, { nullable: false }) author!: Relation<Author>;
  @ManyToOne(() => Branch, { nullable: false }) branch!: Relation<Branch>;
  /** The librarian who brought it into the catalogue. */
  @ManyToOne(() => Member, { nullable: false }) owner!: Relation<Member>;
  /** For permissions: objects are loaded without their relations. */
  @Column() ownerId!: number;
  @ManyToMany(() => Tag) @JoinTable() tags!: Relation<Tag>[];
  @OneToMany(() => Chapter, (chapter) => chapter.book) chapters!: Relation<Chapter>[];
  @OneToOne(() => Cover, (cover) => cover.book) cover!: Relation<Cover> | null;
  @CreateDateColumn() addedAt!: Date;
}

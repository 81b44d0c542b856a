import {
  Column,
  CreateDateColumn,
  Entity,
  Index,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { Book } from '../catalog/book.entity.js';
import { Member } from '../members/member.entity.js';

export enum LoanState {
  Open = 'open',
  Returned = 'returned',
}

@Entity()
@Index(['book', 'member'], { unique: true, where: `"state" = 'open'` })
export class Loan {
  @PrimaryGeneratedColumn() id!: number;
  @ManyToOne(() => Book, { nullable: false }) book!: Relation<Book>;
  @ManyToOne(() => Member, { nullable: false }) member!: Relation<Member>;
  @Column({ type: 'simple-enum', enum: LoanState, default: LoanState.Open }) state!: LoanState;
  @CreateDateColumn() borrowedAt!: Date;
  @Column('date') dueOn!: string;
  @Column({ type: 'date', nullable: true }) returnedOn!: string | null;
  /** What is to be paid for a late return. */
  @Column('decimal', { precision: 6, scale: 2, default: 0 }) fee!: string;
}

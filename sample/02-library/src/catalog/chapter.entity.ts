import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Book } from './book.entity.js';

@Entity()
export class Chapter {
  @PrimaryGeneratedColumn() id!: number;
  @Column() number!: number;
  @Column({ length: 200 }) title!: string;
  @ManyToOne(() => Book, (book) => book.chapters, { nullable: false, onDelete: 'CASCADE' })
  book!: Relation<Book>;
}

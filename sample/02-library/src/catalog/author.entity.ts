import { Column, Entity, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Book } from './book.entity.js';

@Entity()
export class Author {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 120 }) name!: string;
  @Column({ type: 'date', nullable: true }) born!: string | null;
  @OneToMany(() => Book, (book) => book.author) books!: Relation<Book>[];
}

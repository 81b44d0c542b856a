import { Column, Entity, JoinColumn, OneToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Book } from '../catalog/book.entity.js';

/** What is known of a file; the bytes are in `CoverFiles`. */
@Entity()
export class Cover {
  @PrimaryGeneratedColumn() id!: number;
  @OneToOne(() => Book, (book) => book.cover, { nullable: false, onDelete: 'CASCADE' })
  @JoinColumn()
  book!: Relation<Book>;
  @Column({ length: 40 }) contentType!: string;
  @Column() size!: number;
  @Column({ length: 64 }) sha256!: string;
  /** Its name in `CoverFiles`. */
  @Column({ length: 36 }) file!: string;
}

/** What all servers serve: posts with an author and comments, and a long table to stream. */
import {
  Column,
  Entity,
  Index,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';

@Entity()
export class Author {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 100 }) name!: string;
  @Column({ length: 2 }) country!: string;
}

@Entity()
export class Post {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 200 }) headline!: string;
  @Column({ type: 'varchar', length: 200, nullable: true }) subtitle!: string | null;
  @Column('text') content!: string;
  @Column('float') rating!: number;
  @Column('int') views!: number;
  @Column() pinned!: boolean;
  @Column() publishedAt!: Date;
  @Column() authorId!: number;
  @ManyToOne(() => Author, { nullable: false }) author!: Relation<Author>;
  @OneToMany(() => Comment, (comment) => comment.post) comments!: Relation<Comment>[];
}

@Entity()
export class Comment {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 200 }) text!: string;
  @Index()
  @Column()
  postId!: number;
  @ManyToOne(() => Post, (post) => post.comments, { nullable: false }) post!: Relation<Post>;
}

@Entity()
export class Reading {
  @PrimaryColumn() id!: number;
  @Column({ length: 40 }) sensor!: string;
  @Column('float') value!: number;
  @Column() valid!: boolean;
  @Column() takenAt!: Date;
}

export const ENTITIES = [Author, Post, Comment, Reading];

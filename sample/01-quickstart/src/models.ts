import {
  Column,
  CreateDateColumn,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';

@Entity()
export class User {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 70 }) fullName!: string;
  @OneToMany(() => Post, (post) => post.user) posts!: Relation<Post>[];
}

@Entity()
export class Post {
  @PrimaryGeneratedColumn() id!: number;
  @CreateDateColumn() pubDate!: Date;
  @Column({ length: 200 }) headline!: string;
  @Column('text') content!: string;
  @ManyToOne(() => User, (user) => user.posts, { nullable: false, onDelete: 'CASCADE' })
  user!: Relation<User>;
}

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A library of the town; members, books and loans belong to one. */
@Entity()
export class Branch {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 80, unique: true }) name!: string;
}

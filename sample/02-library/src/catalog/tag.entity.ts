import { Entity, PrimaryColumn } from 'typeorm';

@Entity()
export class Tag {
  @PrimaryColumn({ length: 40 }) label!: string;
}

import { declareEnum } from 'nestjs-socio-grpc';
import { Column, CreateDateColumn, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Branch } from './branch.entity.js';

export enum Role {
  Reader = 'reader',
  Librarian = 'librarian',
  Admin = 'admin',
}

/** One enum of the contract, wherever a role is told: in columns and in answers of actions. */
declareEnum(Role, { name: 'MemberRole' });

@Entity()
export class Member {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 254, unique: true }) email!: string;
  @Column({ length: 100 }) name!: string;
  /** Never selected unless somebody asks for it by name. */
  @Column({ length: 200, select: false }) passwordHash!: string;
  @Column({ type: 'simple-enum', enum: Role, default: Role.Reader }) role!: Role;
  @ManyToOne(() => Branch, { nullable: false }) branch!: Relation<Branch>;
  /** Books at home; the database keeps it in step with the loans, see `LoanDesk`. */
  @Column({ default: 0 }) openLoans!: number;
  @CreateDateColumn() joinedAt!: Date;
}

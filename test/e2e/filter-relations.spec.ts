/** Filters, search and order through every shape of relation, and what no statement can compare. */
import {
  AllowAny,
  GrpcController,
  ListController,
  ModelSerializer,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Tree,
  TreeChildren,
  TreeParent,
  VirtualColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { struct, type Json } from '../support/struct.js';

class Name {
  @Column() first!: string;
  @Column({ type: 'varchar', nullable: true }) last!: string | null;
}

@Entity()
class Room {
  @PrimaryColumn() house!: string;
  @PrimaryColumn() number!: number;
  @Column() colour!: string;
}

@Entity()
class Person {
  @PrimaryGeneratedColumn() id!: number;
  @Column(() => Name) name!: Name;
  /** The key is one that is not the target's primary key. */
  @ManyToOne(() => Person, { nullable: true })
  @JoinColumn({ name: 'boss_code', referencedColumnName: 'code' })
  boss!: Relation<Person> | null;
  @Column({ type: 'varchar', unique: true }) code!: string;
  @ManyToOne(() => Room, { nullable: true }) room!: Relation<Room> | null;
  @ManyToMany(() => Person, (person) => person.admirers) @JoinTable() friends!: Relation<Person>[];
  @ManyToMany(() => Person, (person) => person.friends) admirers!: Relation<Person>[];
  @OneToOne(() => Badge, (badge) => badge.owner) badge!: Relation<Badge> | null;
  @OneToMany(() => Badge, (badge) => badge.issuer) issued!: Relation<Badge>[];
  @VirtualColumn({ query: (alias) => `SELECT 1 + ${alias}.id` }) next!: number;
}

@Entity()
class Badge {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column() text!: string;
  @OneToOne(() => Person, (person) => person.badge) @JoinColumn() owner!: Relation<Person>;
  @ManyToOne(() => Person, (person) => person.issued, { nullable: true }) issuer!: Relation<Person> | null;
}

@Entity()
@Tree('closure-table')
class Branch {
  @PrimaryGeneratedColumn() id!: number;
  @Column() label!: string;
  @TreeParent() parent!: Relation<Branch> | null;
  @TreeChildren() children!: Relation<Branch>[];
}

@ModelSerializer({ model: Person, fields: ['id', 'code'] })
class PersonSerializer extends ProtoSerializer<Person> {}
@ModelSerializer({ model: Branch, fields: ['id', 'label'] })
class BranchSerializer extends ProtoSerializer<Branch> {}

@GrpcController({
  serializer: PersonSerializer,
  permissions: [AllowAny],
  filters: {
    'name.first': ['exact', 'icontains'],
    'name.last': ['isnull'],
    boss: ['exact', 'isnull', 'in'],
    'boss.name.first': ['exact'],
    'boss.boss.code': ['exact', 'isnull'],
    'room.colour': ['exact', 'ne'],
    'room.number': ['exact'],
    'friends.code': ['exact', 'ne'],
    'admirers.code': ['exact'],
    'friends.badge.text': ['exact'],
    badge: ['isnull'],
    'badge.text': ['exact', 'isnull'],
    issued: ['isnull'],
    'issued.owner.code': ['exact'],
  },
  search: ['name.first', 'boss.name.first', 'friends.name.first'],
  ordering: { fields: ['name.first', 'boss.name.first', 'room.colour', 'badge.text'] },
})
class PersonController extends ListController<Person> {}

@GrpcController({
  serializer: BranchSerializer,
  permissions: [AllowAny],
  filters: { parent: ['exact', 'isnull'], 'parent.label': ['exact'], 'children.label': ['exact'] },
})
class BranchController extends ListController<Branch> {}

describe.each(DATABASES)('relations on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: [Room, Person, Badge, Branch],
      controllers: [PersonController, BranchController],
    });
    client = await connectClient(app);
    const [red, blue] = await app.dataSource.getRepository(Room).save([
      { house: 'a', number: 1, colour: 'red' },
      { house: 'b', number: 1, colour: 'blue' },
    ]);
    const people = {
      save: (person: object) => app.dataSource.getRepository(Person).save(person as Person),
    };
    const ada = await people.save({ name: { first: 'Ada', last: 'L' }, code: 'A', room: red });
    const bob = await people.save({ name: { first: 'Bob', last: null }, code: 'B', boss: ada, room: blue });
    const cyd = await people.save({ name: { first: 'Cyd', last: null }, code: 'C', boss: bob });
    await people.save({ id: ada.id, friends: [bob, cyd] });
    await people.save({ id: bob.id, friends: [bob] });
    await app.dataSource.getRepository(Badge).save([
      { text: 'gold', owner: bob, issuer: ada },
      { text: 'tin', owner: cyd, issuer: ada },
    ]);
    const branches = app.dataSource.getTreeRepository(Branch);
    const root = await branches.save(branches.create({ label: 'root' }));
    await branches.save(branches.create({ label: 'leaf', parent: root }));
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it.each<[{ [name: string]: Json }, number[]]>([
    [{ name__first: 'Ada' }, [1]],
    [{ 'name.first__icontains': 'O' }, [2]],
    [{ name__last__isnull: true }, [2, 3]],
    [{ boss: 'A' }, [2]],
    [{ boss__in: ['A', 'B'] }, [2, 3]],
    [{ boss__isnull: true }, [1]],
    [{ boss__name__first: 'Ada' }, [2]],
    [{ boss__boss__code: 'A' }, [3]],
    [{ boss__boss__code__isnull: true }, [1, 2]],
    // A key of two parts: rows of the other house with the same number are others.
    [{ room__colour: 'red' }, [1]],
    [{ room__colour__ne: 'red' }, [2, 3]],
    [{ room__number: 1 }, [1, 2]],
    // From a model to itself, both ways.
    [{ friends__code: 'B' }, [1, 2]],
    [{ friends__code__ne: 'C' }, [2, 3]],
    [{ admirers__code: 'A' }, [2, 3]],
    [{ friends__badge__text: 'tin' }, [1]],
    // The other end of a one-to-one relation.
    [{ badge__isnull: true }, [1]],
    [{ badge__isnull: false }, [2, 3]],
    [{ badge__text: 'tin' }, [3]],
    [{ badge__text__isnull: true }, [1]],
    [{ issued__isnull: false }, [1]],
    [{ issued__owner__code: 'C' }, [1]],
    [{ search: 'ada' }, [1, 2]],
    [{ search: 'cyd' }, [1, 3]],
    [{ search: 'bob ada' }, [1, 2]],
    [{ ordering: '-name__first' }, [3, 2, 1]],
    [{ ordering: '-boss__name__first' }, kind === 'sqlite' ? [3, 2, 1] : [1, 3, 2]],
    [{ ordering: 'badge__text', boss__isnull: false }, [2, 3]],
    [{ ordering: 'room__colour', badge__isnull: true }, [1]],
  ])('%j finds %j', async (filters, expected) => {
    const { code, details, message } = await client.call('PersonController/List', {
      _filters: struct(filters),
    });
    expect(`${code} ${details}`).toBe('0 OK');
    expect((message.results as { id: number }[]).map(({ id }) => id)).toEqual(expected);
    expect(message.count).toBe(expected.length);
  });

  it.each<[{ [name: string]: Json }, number[]]>([
    [{ parent__isnull: true }, [1]],
    [{ parent: 1 }, [2]],
    [{ parent__label: 'root' }, [2]],
    [{ children__label: 'leaf' }, [1]],
  ])('in a tree %j finds %j', async (filters, expected) => {
    const { results } = await client.get('BranchController/List', { _filters: struct(filters) });
    expect((results as { id: number }[]).map(({ id }) => id)).toEqual(expected);
  });
});

it('what only a query of its own computes is a problem at boot', async () => {
  class OtherSerializer extends PersonSerializer {}
  @GrpcController({
    serializer: OtherSerializer,
    permissions: [AllowAny],
    filters: { next: ['exact'], 'boss.next': ['gt'] },
    ordering: { fields: ['next'] },
  })
  class OtherController extends ListController<Person> {}
  const problems = await problemsOf({
    entities: [Room, Person, Badge],
    controllers: [OtherController],
  });
  expect(problems).toEqual([
    'OtherController: filters: "next": "next" of "Person" is a virtual column, which has no place in conditions and orders. Write a @Filter() method or a filter backend.',
    'OtherController: filters: "boss.next": "next" of "Person" is a virtual column, which has no place in conditions and orders. Write a @Filter() method or a filter backend.',
    'OtherController: ordering: "next": "next" of "Person" is a virtual column, which has no place in conditions and orders. Write a @Filter() method or a filter backend.',
  ]);
});

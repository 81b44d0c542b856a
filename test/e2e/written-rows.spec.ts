/** Rows that are written without objects in between: the bytes are those of the objects, and nobody ever sees such a row. */
import { Injectable, type CallHandler, type NestInterceptor } from '@nestjs/common';
import fc from 'fast-check';
import {
  AllowAny,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListAction,
  ListOfSelf,
  ModelSerializer,
  Nested,
  PageNumberPagination,
  Paginator,
  ProtoSerializer,
  Related,
  StreamAction,
  withActions,
  type GrpcContext,
  type Message,
  type PageSource,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { map } from 'rxjs';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

enum Mood {
  calm = 'calm',
  wild = 'wild',
}

class Address {
  @Column({ type: 'varchar', nullable: true }) street!: string | null;
  @Column({ type: 'int', default: 0 }) number!: number;
}

@Entity()
class Keeper {
  @PrimaryColumn('bigint') id!: string;
  @Column() name!: string;
  @Column(() => Address) address!: Address;
  @OneToMany(() => Animal, (animal) => animal.keeper) animals!: Relation<Animal>[];
}

@Entity()
class Tag {
  @PrimaryColumn('varchar') name!: string;
}

@Entity()
class Animal {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
  @Column({ type: 'text', nullable: true }) note!: string | null;
  @Column('int') legs!: number;
  @Column({ type: 'int', nullable: true }) eyes!: number | null;
  @Column('float') weight!: number;
  @Column({ type: 'bigint', nullable: true }) cells!: string | null;
  @Column({ type: 'decimal', precision: 12, scale: 3 }) price!: string;
  @Column() tame!: boolean;
  @Column({ type: Boolean, nullable: true }) fed!: boolean | null;
  @Column() bornAt!: Date;
  @Column({ type: Date, nullable: true }) seenAt!: Date | null;
  @Column('date') arrived!: string;
  @Column('simple-array') names!: string[];
  @Column({ type: 'simple-enum', enum: Mood }) mood!: Mood;
  @Column('simple-json') extra!: Record<string, unknown>;
  @ManyToOne(() => Keeper, (keeper) => keeper.animals, { nullable: true }) keeper!: Relation<Keeper> | null;
  @ManyToMany(() => Tag) @JoinTable() tags!: Relation<Tag>[];
  @ManyToOne(() => Animal, (animal) => animal.young, { nullable: true }) parent!: Relation<Animal> | null;
  @OneToMany(() => Animal, (animal) => animal.parent) young!: Relation<Animal>[];
}

const ENTITIES = [Keeper, Tag, Animal];

@ModelSerializer({ model: Animal, fields: ['id', 'name', 'eyes', 'tame', 'seenAt', 'parent', 'young'] })
class YoungSerializer extends ProtoSerializer<Animal> {}

@ModelSerializer({ model: Keeper, fields: ['id', 'name', 'address', 'animals'] })
class KeeperSerializer extends ProtoSerializer<Keeper> {
  @Nested(() => YoungSerializer) animals!: Animal[];
}

@ModelSerializer({ model: Animal })
class AnimalSerializer extends ProtoSerializer<Animal> {
  @Nested(() => KeeperSerializer) keeper!: Keeper | null;
  @Related({ slug: 'name', readOnly: true }) parent!: string | null;
  @Nested(() => YoungSerializer) young!: Animal[];
}

class Look implements NestInterceptor {
  readonly seen: unknown[] = [];

  intercept(_context: unknown, next: CallHandler) {
    return next.handle().pipe(
      map((message: unknown) => {
        this.seen.push(message);
        return message;
      }),
    );
  }
}

@GrpcController({ serializer: AnimalSerializer, permissions: [AllowAny] })
class AnimalController extends withActions(GenericCrudController, StreamAction)<Animal> {}

@GrpcController({ serializer: KeeperSerializer, permissions: [AllowAny] })
class KeeperController extends GenericCrudController<Keeper> {}

const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => !value.includes('\0'));
const moment = fc.date({
  min: new Date('1900-01-01'),
  max: new Date('9999-12-28'),
  noInvalidDate: true,
});
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const animal = fc.record({
  name: text,
  note: orNull(text),
  legs: fc.oneof(fc.constant(0), fc.integer()),
  eyes: orNull(fc.oneof(fc.constant(0), fc.integer())),
  weight: fc.oneof(
    fc.constant(0),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }),
  ),
  cells: orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  price: fc.integer({ min: -999_999, max: 999_999 }).map((value) => (value / 1000).toFixed(3)),
  tame: fc.boolean(),
  fed: orNull(fc.boolean()),
  bornAt: moment,
  seenAt: orNull(moment),
  arrived: moment.map((date) => date.toISOString().slice(0, 10)),
  names: fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { maxLength: 3 }),
  mood: fc.constantFrom(Mood.calm, Mood.wild),
  extra: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(text, fc.integer(), fc.boolean())),
  keeper: orNull(fc.constantFrom('1', '9007199254740993')),
  parent: orNull(fc.nat({ max: 2 })),
  tags: fc.subarray(['wet', 'it\'s "loud"', 'ümläut']),
});

const ASKED = [
  ['AnimalController/Retrieve', { id: 1 }],
  ['AnimalController/List', {}],
  ['AnimalController/Stream', {}],
  ['KeeperController/Retrieve', { id: '9007199254740993' }],
  ['KeeperController/List', {}],
] as const;

/** What only SQLite keeps in columns of these types. */
const ODD_VALUES: readonly (readonly [what: string, column: string, value: string])[] = [
  ['a number that is too large', 'legs', '3000000000'],
  ['no number', 'legs', "'many'"],
  ['no flag', 'tame', '7'],
  ['a moment of another form', 'bornAt', "'2026-01-31T10:20:30Z'"],
  ['no moment', 'bornAt', "'yesterday'"],
  ['a number where a text is due', 'name', '17'],
];

describe.each(DATABASES)('written rows on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let seen: TestApp;
  let client: ProtoClient;
  let seeing: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind, { shared: true });
    const parts = { database, entities: ENTITIES, controllers: [AnimalController, KeeperController] };
    app = await bootApp(parts);
    seen = await bootApp({ ...parts, globals: (made) => made.useGlobalInterceptors(new Look()) });
    client = await connectClient(app);
    seeing = await connectClient(seen);
  });

  afterAll(async () => {
    client?.close();
    seeing?.close();
    await app?.close();
    await seen?.close();
    await database?.drop();
  });

  it('have the bytes of objects', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(animal, { minLength: 1, maxLength: 6 }), async (rows) => {
        const { manager } = app.dataSource;
        for (const table of ['animal_tags_tag', 'animal', 'tag', 'keeper'])
          await manager.query(`DELETE FROM "${table}"`);
        await manager.getRepository(Keeper).insert([
          { id: '1', name: 'a keeper', address: { street: null, number: 0 } },
          { id: '9007199254740993', name: '', address: { street: 'a street', number: 7 } },
        ]);
        const tags = ['wet', 'it\'s "loud"', 'ümläut'].map((name) => ({ name }));
        await manager.getRepository(Tag).insert(tags);
        const animals = rows.map(({ keeper, parent, tags: own, ...values }, index) => ({
          ...values,
          id: index + 1,
          keeper: keeper && { id: keeper },
          parent: parent !== null && parent < index ? { id: parent + 1 } : null,
          tags: own.map((name) => ({ name })),
        }));
        for (const each of animals) await manager.getRepository(Animal).save(each as never);
        for (const [method, request] of ASKED)
          expect([method, await client.bytes(method, request)]).toEqual([
            method,
            await seeing.bytes(method, request),
          ]);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 15) },
    );
  }, 120_000);

  it.each(kind === 'sqlite' ? ODD_VALUES : [])(
    'fail, or do not, as objects do: %s',
    async (_what, column, value) => {
      const { manager } = app.dataSource;
      await manager.query('DELETE FROM "animal_tags_tag"');
      await manager.query('DELETE FROM "animal"');
      const [odd] = fc.sample(animal, 1);
      const { keeper: _keeper, parent: _parent, tags: _tags, ...values } = odd!;
      await manager.getRepository(Animal).insert({ ...values, id: 1 } as never);
      await manager.query(`UPDATE "animal" SET "${column}" = ${value}`);
      const [direct, objects] = [
        await client.call('AnimalController/Retrieve', { id: 1 }),
        await seeing.call('AnimalController/Retrieve', { id: 1 }),
      ].map(({ code, message }) => ({ code, message }));
      expect(direct).toEqual(objects);
    },
  );
});

@ModelSerializer({ model: Tag })
class TagSerializer extends ProtoSerializer<Tag> {}

const noticed: unknown[] = [];

/** Looks at what the library's own action gives. */
@GrpcController({ serializer: TagSerializer, permissions: [AllowAny] })
class LookingController extends withActions(GenericController, ListAction)<Tag> {
  override async list(request: object, ctx: GrpcContext) {
    const message = await super.list(request, ctx);
    noticed.push(message);
    return message;
  }
}

@GrpcController({ serializer: TagSerializer, service: 'Calling', permissions: [AllowAny] })
class CallingController extends withActions(GenericController, ListAction)<Tag> {
  @GrpcAction({ request: {}, response: ListOfSelf })
  async again(request: object, ctx: GrpcContext): Promise<Message> {
    const message = (await this.list(request, ctx)) as Message;
    noticed.push(message);
    return message;
  }
}

@Injectable()
class LookingPaginator extends Paginator {
  async paginate<T>(source: PageSource<T>) {
    const { objects } = await source.slice(0, 10);
    noticed.push({ results: objects });
    return { objects };
  }
}

@ModelSerializer({ model: Tag })
class PagedTagSerializer extends ProtoSerializer<Tag> {}

@GrpcController({ serializer: PagedTagSerializer, permissions: [AllowAny], pagination: LookingPaginator })
class PagedController extends withActions(GenericController, ListAction)<Tag> {}

@Injectable()
class CountingPagination extends PageNumberPagination {
  override async paginate<T>(source: PageSource<T>, ctx: GrpcContext) {
    const page = await super.paginate(source, ctx);
    noticed.push({ results: page.objects });
    return page;
  }
}

@GrpcController({ serializer: TagSerializer, permissions: [AllowAny], pagination: CountingPagination })
class CountedController extends withActions(GenericController, ListAction)<Tag> {}

describe('whoever looks at an answer', () => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase('sqlite');
    app = await bootApp({
      database,
      entities: ENTITIES,
      controllers: [LookingController, CallingController, PagedController, CountedController],
    });
    client = await connectClient(app);
    await app.dataSource.getRepository(Tag).insert({ name: 'wet' });
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it.each([
    'LookingController/List',
    'CallingController/Again',
    'PagedController/List',
    'CountedController/List',
  ])('finds messages in %s', async (method) => {
    noticed.length = 0;
    const { results } = await client.get(method);
    expect(results).toMatchObject([{ name: 'wet' }]);
    expect(noticed).toMatchObject([{ results: [{ name: 'wet' }] }]);
  });

  it('finds none where nobody does', async () => {
    noticed.length = 0;
    expect((await client.get('CallingController/List')).results).toMatchObject([{ name: 'wet' }]);
    expect(noticed).toEqual([]);
  });
});

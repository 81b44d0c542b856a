/** Fields that methods of serializers give, and messages that they make as a whole. */
import {
  AllowAny,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  MethodField,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  ReadOnlyController,
  Serializer,
  StreamAction,
  Field,
  ListOfSelf,
  withActions,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { Injectable } from '@nestjs/common';
import {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  MoreThan,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import { SECRET_COLUMN } from '../support/secret.js';

class Address {
  @Column({ default: '' }) city!: string;
  @Column({ default: '' }) street!: string;
}

@Entity()
class Publisher {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column({ default: '' }) country!: string;
}

@Entity()
class Author {
  @PrimaryColumn('bigint') id!: string;
  @Column() name!: string;
  @Column({ default: 0 }) born!: number;
  @Column(SECRET_COLUMN) vaultSecret!: string;
  @ManyToOne(() => Publisher, { nullable: true }) publisher!: Relation<Publisher> | null;
}

@Entity()
class Topic {
  @PrimaryGeneratedColumn() id!: number;
  @Column() label!: string;
}

@Entity()
class Book {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @Column('decimal', { precision: 10, scale: 2, default: 0 }) price!: string;
  @Column(() => Address) printed!: Address;
  @ManyToOne(() => Author, { nullable: false }) author!: Relation<Author>;
  @OneToMany(() => Review, (review) => review.book) reviews!: Relation<Review>[];
  @ManyToMany(() => Topic) @JoinTable() topics!: Relation<Topic>[];

  get shout(): string {
    return this.title.toUpperCase();
  }
}

@Entity()
class Review {
  @PrimaryGeneratedColumn() id!: number;
  @Column() stars!: number;
  @Column() text!: string;
  @ManyToOne(() => Book, (book) => book.reviews, { nullable: false }) book!: Relation<Book>;
}

@ModelSerializer({ model: Review, fields: ['id', 'stars', 'verdict'] })
class ReviewSerializer extends ProtoSerializer<Review> {
  @MethodField({ type: 'string', needs: ['text'] })
  verdict(review: Review): string {
    return `${review.stars}: ${review.text}`;
  }
}

@ModelSerializer({ model: Author, fields: ['id', 'name', 'house'] })
class AuthorSerializer extends ProtoSerializer<Author> {
  @MethodField({ type: 'optional string', needs: ['publisher.name'] })
  house(author: Author): string | null {
    return author.publisher?.name ?? null;
  }
}

@Injectable()
class Currency {
  readonly sign = 'EUR';
}

@ModelSerializer({
  model: Book,
  fields: [
    'id',
    'title',
    'author',
    'byline',
    'priced',
    'topicCount',
    'labels',
    'praise',
    'best',
    'writer',
    'city',
  ],
})
class BookSerializer extends ProtoSerializer<Book> {
  constructor(private readonly currency: Currency) {
    super();
  }

  @Nested(() => AuthorSerializer) author!: Author;

  @MethodField({ type: 'string', needs: ['author.born'], description: 'Who wrote it' })
  byline(book: Book): string {
    return `${book.shout} by ${book.author.name} (${book.author.born})`;
  }

  @MethodField({ type: 'string', needs: ['price'] })
  async priced(book: Book, ctx: GrpcContext): Promise<string> {
    return `${Number(book.price).toFixed(2)} ${this.currency.sign} ${ctx.action}`;
  }

  @MethodField({ type: 'int32', name: 'number_of_topics', needs: ['topics.id'] })
  topicCount(book: Book): number {
    return book.topics.length;
  }

  @MethodField({ type: 'repeated string', needs: ['topics.label'] })
  labels(book: Book): string[] {
    return book.topics.map(({ label }) => label).sort();
  }

  @MethodField({ type: () => ReviewSerializer, many: true, needs: ['reviews'] })
  praise(book: Book): Review[] {
    return book.reviews.filter(({ stars }) => stars > 2);
  }

  @MethodField({ type: () => ReviewSerializer, nullable: true, needs: ['reviews'] })
  best(book: Book): Review | null {
    return book.reviews.toSorted((a, b) => b.stars - a.stars)[0] ?? null;
  }

  @MethodField({ type: () => AuthorSerializer, needs: ['author'] })
  writer(book: Book): Author {
    return book.author;
  }

  @MethodField({ type: 'string', needs: ['printed.city'] })
  city(book: Book): string {
    return book.printed.city;
  }
}

@GrpcController({ serializer: BookSerializer, permissions: [AllowAny] })
class BookController extends withActions(GenericCrudController, StreamAction)<Book> {}

/** Each method reads something that nobody loads for it. */
@ModelSerializer({
  model: Book,
  fields: ['id', 'title', 'author', 'column', 'related', 'inside', 'embedded'],
})
class CarelessSerializer extends ProtoSerializer<Book> {
  @Nested(() => AuthorSerializer) author!: Author;

  @MethodField({ type: 'string' })
  column(book: Book): string {
    return this.asked('column', () => book.price);
  }

  @MethodField({ type: 'string' })
  related(book: Book): string {
    return this.asked('related', () => String(book.reviews.length));
  }

  @MethodField({ type: 'string' })
  inside(book: Book): string {
    return this.asked('inside', () => String(book.author.born));
  }

  @MethodField({ type: 'string', needs: ['printed.city'] })
  embedded(book: Book): string {
    return this.asked('embedded', () => book.printed.street);
  }

  static ask = '';
  private asked(name: string, read: () => string): string {
    return CarelessSerializer.ask === name ? read() : '';
  }
}

const failures: unknown[] = [];

@GrpcController({ serializer: CarelessSerializer, permissions: [AllowAny] })
class CarelessController extends ReadOnlyController<Book> {
  @GrpcAction({ request: {}, response: { text: 'string' } })
  async reason(_request: object, ctx: GrpcContext) {
    const book = await this.getRepository(ctx).findOneByOrFail({});
    const error: unknown = await this.serialize(book, ctx).catch((reason: unknown) => reason);
    failures.push(error);
    return { text: String(error) };
  }

  override getSerializer() {
    return CarelessSerializer;
  }
}

@ModelSerializer({ model: Book, fields: ['id', 'title', 'author'], needs: ['author.name'] })
class MaskedSerializer extends ProtoSerializer<Book> {
  override async toMessage(book: Book, ctx: GrpcContext) {
    const message = await super.toMessage(book, ctx);
    return { ...message, title: `${String(message['title'])} / ${book.author.name} / ${ctx.action}` };
  }
}

@GrpcController({ serializer: MaskedSerializer, permissions: [AllowAny] })
class MaskedController extends ReadOnlyController<Book> {}

class GoodReviews {
  where() {
    return { stars: MoreThan(2) };
  }
}

/** One of them nests what its method reads, the other does not. */
@ModelSerializer({ model: Book, fields: ['id', 'reviews', 'seen'] })
class ScopedSerializer extends ProtoSerializer<Book> {
  @Nested(() => ReviewSerializer, { scope: GoodReviews }) reviews!: Review[];
  @MethodField({ type: 'repeated string', needs: ['reviews.text'] })
  seen(book: Book): string[] {
    return book.reviews.map(({ text }) => text).sort();
  }
}

@ModelSerializer({ model: Book, fields: ['id', 'seen'] })
class UnscopedSerializer extends ProtoSerializer<Book> {
  @MethodField({ type: 'repeated string', needs: ['reviews.text'] })
  seen(book: Book): string[] {
    return book.reviews.map(({ text }) => text).sort();
  }
}

@GrpcController({ serializer: ScopedSerializer, permissions: [AllowAny] })
class ScopedController extends ReadOnlyController<Book> {
  override getSerializer(action: string) {
    return action === 'list' ? UnscopedSerializer : ScopedSerializer;
  }
}

/** A plain serializer: the objects that the action gives are what its methods see. */
@Serializer()
class SumSerializer extends ProtoSerializer<{ numbers: number[] }> {
  @Field({ type: 'repeated int32' }) numbers!: number[];

  @MethodField({ type: 'int32' })
  total({ numbers }: { numbers: number[] }): number {
    return numbers.reduce((sum, each) => sum + each, 0);
  }
}

@GrpcController({ permissions: [AllowAny] })
class SumController extends GenericController<Book> {
  override getSerializer() {
    return SumSerializer;
  }

  @GrpcAction({ request: {}, response: SumSerializer })
  sum() {
    return { numbers: [1, 2, 3] };
  }

  @GrpcAction({ request: {}, response: ListOfSelf })
  sums() {
    return { results: [{ numbers: [1] }, { numbers: [2, 3] }], count: 2 };
  }

  @GrpcAction({ request: {}, response: SumSerializer, responseStream: true })
  async *run() {
    yield { numbers: [4] };
    yield { numbers: [5, 6] };
  }
}

const BIG_KEY = '4503599627370497';

const CONTROLLERS = [BookController, CarelessController, MaskedController, ScopedController, SumController];
const ENTITIES = [Book, Author, Publisher, Topic, Review];

describe.each(cross(DATABASES, PATHS))('methods of serializers on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  let id: number;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      path,
      entities: ENTITIES,
      controllers: CONTROLLERS,
      providers: [Currency],
    });
    client = await connectClient(app);
    const { manager } = app.dataSource;
    const publisher = await manager.save(Publisher, { name: 'Ace' });
    const author = await manager.save(Author, { id: BIG_KEY, name: 'Ursula', born: 1929, publisher });
    const topics = await manager.save(Topic, [{ label: 'sf' }, { label: 'earth' }]);
    const saved = await manager.save(Book, {
      title: 'Tehanu',
      price: '9.50',
      printed: { city: 'Bonn', street: 'Am Hof' },
      author,
      topics,
    });
    id = saved.id;
    await manager.save(Review, [
      { stars: 5, text: 'great', book: saved },
      { stars: 1, text: 'dull', book: saved },
    ]);
    const nobody = await manager.save(Author, { id: '2', name: 'Nobody' });
    await manager.save(Book, { title: 'Empty', author: nobody, printed: {}, topics: [] });
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const tehanu = (action: string) => ({
    id,
    title: 'Tehanu',
    author: { id: BIG_KEY, name: 'Ursula', house: 'Ace' },
    byline: 'TEHANU by Ursula (1929)',
    priced: `9.50 EUR ${action}`,
    numberOfTopics: 2,
    labels: ['earth', 'sf'],
    praise: [{ stars: 5, verdict: '5: great' }],
    best: { stars: 5, verdict: '5: great' },
    writer: { id: BIG_KEY, name: 'Ursula', house: 'Ace' },
    city: 'Bonn',
  });

  it('gives what they return: values, lists, messages, lists of messages', async () => {
    expect(await client.get('BookController/Retrieve', { id })).toMatchObject(tehanu('retrieve'));
  });

  it('gives empty lists and nothing where there is nothing', async () => {
    const { results } = await client.get('BookController/List');
    expect(results[1]).toMatchObject({ labels: [], praise: [], numberOfTopics: 0 });
    expect(results[1]).not.toHaveProperty('best');
    expect(results[1].author).not.toHaveProperty('house');
  });

  it('runs in List, Stream, Create, Update and PartialUpdate alike', async () => {
    const { results } = await client.get('BookController/List');
    expect(results[0]).toMatchObject(tehanu('list'));
    const streamed = await client.call('BookController/Stream');
    expect(streamed.messages[0]).toMatchObject(tehanu('stream'));
    const request = { id, title: 'Tehanu' };
    expect(await client.get('BookController/Update', request)).toMatchObject(tehanu('update'));
    const partial = { ...request, _partialUpdateFields: ['title'] };
    expect(await client.get('BookController/PartialUpdate', partial)).toMatchObject(tehanu('partialUpdate'));
  });

  it('loads what they need with the rest: a join for one, a query for many', async () => {
    const list = await countQueries(app.dataSource, () => client.get('BookController/List'));
    // The page, its count, topics, reviews.
    expect(list.filter((sql) => !/COUNT/.test(sql))).toHaveLength(3);
    const one = await countQueries(app.dataSource, () => client.get('BookController/Retrieve', { id }));
    expect(one).toHaveLength(3);
  });

  if (path === 'flat')
    it('loads nothing that nobody needs', async () => {
      const [sql] = await countQueries(app.dataSource, () => client.get('MaskedController/List'));
      expect(sql).not.toMatch(/price|printed|born/i);
    });

  const relation = ['related', 'reads "reviews"', "needs: [..., 'reviews']"] as const;
  const columns = [
    ['column', 'reads "price"', "needs: [..., 'price']"],
    ['inside', 'reads "author.born"', "needs: [..., 'author.born']"],
    ['embedded', 'reads "printed.street"', "needs: [..., 'printed.street']"],
  ] as const;
  // Where a listener is, all columns of the row are loaded.
  it.each(path === 'flat' ? [relation, ...columns] : [relation])(
    'names what a method reads without having it loaded: a %s',
    async (ask, what, cure) => {
      CarelessSerializer.ask = ask;
      const { text } = await client.get('CarelessController/Reason');
      expect(text).toBe(
        `Error: CarelessSerializer.${ask}() ${what}, which is not loaded. Name it: @MethodField({ ${cure} }).`,
      );
      const answer = await client.call('CarelessController/List');
      expect(answer).toMatchObject({ code: 13, details: 'internal error' });
      CarelessSerializer.ask = '';
    },
  );

  it('shows them all related objects, or those that a nested field of the relation shows', async () => {
    const scoped = await client.get('ScopedController/Retrieve', { id });
    expect(scoped).toMatchObject({ reviews: [{ stars: 5 }], seen: ['great'] });
    const { results } = await client.get('ScopedController/List');
    expect(results[0].seen).toEqual(['dull', 'great']);
  });

  it('lets a serializer change its messages as a whole', async () => {
    expect(await client.get('MaskedController/Retrieve', { id })).toMatchObject({
      id,
      title: 'Tehanu / Ursula / retrieve',
    });
  });

  it('runs for the answers of serializers without a model', async () => {
    expect(await client.get('SumController/Sum')).toEqual({ numbers: [1, 2, 3], total: 6 });
    expect(await client.get('SumController/Sums')).toMatchObject({ results: [{ total: 1 }, { total: 5 }] });
    const { messages } = await client.call('SumController/Run');
    expect(messages.map(({ total }) => total)).toEqual([4, 11]);
  });
});

describe('a method field at boot', () => {
  const controllerOf = (serializer: typeof BookSerializer | (abstract new () => ProtoSerializer)) => {
    @GrpcController({ serializer: serializer as never, permissions: [AllowAny] })
    class OddController extends ReadOnlyController<Book> {}
    return OddController;
  };

  it('must need what the model has', async () => {
    @ModelSerializer({ model: Book, fields: ['id', 'odd'] })
    class OddSerializer extends ProtoSerializer<Book> {
      @MethodField({ type: 'string', needs: ['author.nmae' as 'title'] })
      odd(): string {
        return '';
      }
    }
    expect(await problemsOf({ entities: ENTITIES, controllers: [controllerOf(OddSerializer)] })).toEqual([
      'OddSerializer.odd: needs "author.nmae", but model "Book" has no such column or relation. Correct the path.',
    ]);
  });

  it('must have a type, and the method that the class has', async () => {
    @ModelSerializer({ model: Book, fields: ['id', 'list', 'none'], needs: ['title'] })
    class OddSerializer extends ProtoSerializer<Book> {
      @MethodField({ type: 'string', many: true })
      list(): string {
        return '';
      }
      @(MethodField({ type: 'string' }) as unknown as PropertyDecorator) none!: string;
    }
    expect(await problemsOf({ entities: ENTITIES, controllers: [controllerOf(OddSerializer)] })).toEqual([
      `OddSerializer.list: "many" is for serializers. Say it in the type: 'repeated string'.`,
      'OddSerializer.none: is no method. @MethodField() stands on methods; others are @Field().',
      'OddSerializer: "needs" is for an overridden toMessage(), and there is none. Leave it out, or move it to @MethodField().',
    ]);
  });
});

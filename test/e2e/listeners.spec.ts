/** Listeners, subscribers and properties that only an entity has. */
import {
  AllowAny,
  Field,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  ReadOnlyController,
  StreamAction,
  withActions,
} from 'nestjs-socio-grpc';
import {
  AfterLoad,
  AfterRemove,
  AfterUpdate,
  BeforeInsert,
  BeforeRemove,
  BeforeUpdate,
  ChildEntity,
  Column,
  Entity,
  EventSubscriber,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  TableInheritance,
  VirtualColumn,
  type EntitySubscriberInterface,
  type InsertEvent,
  type Relation,
  type RemoveEvent,
  type UpdateEvent,
} from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { SECRET_COLUMN } from '../support/secret.js';

const heard: string[] = [];

@Entity()
class Article {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @Column(SECRET_COLUMN) vaultSecret!: string;
  @Column({ default: '' }) slug!: string;
  @Column({ default: 'secret', select: false }) hidden!: string;
  @OneToMany(() => Reply, (reply) => reply.article) replies!: Relation<Reply>[];
  @VirtualColumn({
    type: 'int',
    query: (alias) => `SELECT COUNT(*) FROM "reply" WHERE "articleId" = ${alias}.id`,
  })
  replyCount!: number;

  @BeforeInsert() @BeforeUpdate() makeSlug(): void {
    this.slug = this.title.toLowerCase().replaceAll(' ', '-');
  }
  @AfterUpdate() tellUpdate(): void {
    heard.push(`updated ${this.title}`);
  }
  @BeforeRemove() tellRemoval(): void {
    heard.push(`removing ${this.title}`);
  }
  @AfterRemove() tellRemoved(): void {
    heard.push('removed');
  }
}

@Entity()
class Reply {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
  @Column(SECRET_COLUMN) vaultSecret!: string;
  @ManyToOne(() => Article, (article) => article.replies, { nullable: false, onDelete: 'CASCADE' })
  article!: Relation<Article>;
  shouted!: string;

  @AfterLoad() async shout(): Promise<void> {
    await Promise.resolve();
    this.shouted = this.text.toUpperCase();
    this.text = `${this.text}!`;
  }

  get words(): number {
    return this.text.split(' ').length;
  }
}

@Entity()
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Shape {
  @PrimaryGeneratedColumn() id!: number;
  @Column() label!: string;

  get description(): string {
    return `a shape called ${this.label}`;
  }
}

@ChildEntity()
class Circle extends Shape {
  @Column({ type: 'int', nullable: true }) radius!: number | null;

  override get description(): string {
    return `a circle of radius ${this.radius}`;
  }
}

@EventSubscriber()
class ArticleSubscriber implements EntitySubscriberInterface<Article> {
  listenTo(): typeof Article {
    return Article;
  }
  afterInsert({ entity }: InsertEvent<Article>): void {
    heard.push(`subscriber: inserted ${entity.slug}`);
  }
  beforeUpdate({ entity, databaseEntity }: UpdateEvent<Article>): void {
    heard.push(`subscriber: ${databaseEntity.title} becomes ${String(entity?.['title'])}`);
  }
  afterRemove({ databaseEntity }: RemoveEvent<Article>): void {
    heard.push(`subscriber: removed ${databaseEntity.title}`);
  }
}

@ModelSerializer({ model: Article, fields: ['id', 'title', 'slug', 'replyCount'], readOnly: ['slug'] })
class ArticleSerializer extends ProtoSerializer<Article> {}

@ModelSerializer({ model: Reply, fields: ['id', 'text', 'article', 'shouted', 'words'] })
class ReplySerializer extends ProtoSerializer<Reply> {
  @Field() shouted!: string;
  @Field({ type: 'int32' }) words!: number;
}

@ModelSerializer({ model: Article, fields: ['id', 'title', 'replies'] })
class ArticleWithRepliesSerializer extends ProtoSerializer<Article> {
  @Nested(() => ReplySerializer) replies!: Reply[];
}

@ModelSerializer({ model: Shape })
class ShapeSerializer extends ProtoSerializer<Shape> {
  @Field() description!: string;
}

@GrpcController({ serializer: ArticleSerializer, permissions: [AllowAny] })
class ArticleController extends GenericCrudController<Article> {}

@GrpcController({ serializer: ReplySerializer, permissions: [AllowAny] })
class ReplyController extends withActions(GenericCrudController, StreamAction)<Reply> {}

@GrpcController({ serializer: ArticleWithRepliesSerializer, permissions: [AllowAny] })
class ArticleWithRepliesController extends ReadOnlyController<Article> {}

@GrpcController({ serializer: ShapeSerializer, permissions: [AllowAny] })
class ShapeController extends ReadOnlyController<Shape> {}

describe.each(DATABASES)('listeners and subscribers on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    const created = await createDatabase(kind);
    database = {
      ...created,
      options: { ...created.options, subscribers: [ArticleSubscriber] } as TestDatabase['options'],
    };
    app = await bootApp({
      database,
      entities: [Article, Reply, Shape, Circle],
      controllers: [ArticleController, ReplyController, ArticleWithRepliesController, ShapeController],
    });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  beforeEach(() => {
    heard.length = 0;
  });

  it('hear of inserts, and what they change is stored', async () => {
    const article = await client.get('ArticleController/Create', { title: 'Hello World' });
    expect(article).toMatchObject({ title: 'Hello World', slug: 'hello-world' });
    expect(heard).toEqual(['subscriber: inserted hello-world']);
  });

  it('hear of updates and partial updates', async () => {
    const { id } = await client.get('ArticleController/Create', { title: 'One' });
    heard.length = 0;
    expect(await client.get('ArticleController/Update', { id, title: 'Two' })).toMatchObject({ slug: 'two' });
    const partial = { id, title: 'Three', _partialUpdateFields: ['title'] };
    expect(await client.get('ArticleController/PartialUpdate', partial)).toMatchObject({ slug: 'three' });
    expect(heard).toEqual([
      'subscriber: One becomes Two',
      'updated Two',
      'subscriber: Two becomes Three',
      'updated Three',
    ]);
    const stored = await app.dataSource
      .getRepository(Article)
      .findOneOrFail({ where: { id }, select: { id: true, hidden: true } });
    expect(stored.hidden).toBe('secret');
  });

  it('hear of removals', async () => {
    const { id } = await client.get('ArticleController/Create', { title: 'Gone' });
    heard.length = 0;
    await client.get('ArticleController/Destroy', { id });
    expect(heard).toEqual(['removing Gone', 'removed', 'subscriber: removed Gone']);
    expect((await client.call('ArticleController/Retrieve', { id })).code).toBe(5);
  });

  it('change what is read, alone and nested, without more queries', async () => {
    const article = await client.get('ArticleController/Create', { title: 'Read' });
    for (const text of ['a b', 'c'])
      await app.dataSource.getRepository(Reply).insert({ text, article: { id: article.id } });
    let answer;
    const queries = await countQueries(app.dataSource, async () => {
      answer = await client.get('ArticleWithRepliesController/Retrieve', { id: article.id });
    });
    expect(queries).toHaveLength(2);
    expect(answer).toMatchObject({
      replies: [
        { text: 'a b!', shouted: 'A B', words: 2, article: article.id },
        { text: 'c!', shouted: 'C', words: 1, article: article.id },
      ],
    });
    expect((await client.call('ReplyController/Stream')).messages).toMatchObject([
      { text: 'a b!', shouted: 'A B', words: 2 },
      { text: 'c!', shouted: 'C', words: 1 },
    ]);
    expect(await client.get('ArticleController/Retrieve', { id: article.id })).toMatchObject({
      replyCount: 2,
    });
  });

  it('are not asked for properties in requests', async () => {
    const article = await client.get('ArticleController/Create', { title: 'Read-only' });
    const reply = await client.get('ReplyController/Create', { text: 'x', article: article.id });
    expect(reply).toMatchObject({ text: 'x!', shouted: 'X' });
  });

  it('read a child entity as what it is', async () => {
    const { id } = await app.dataSource.getRepository(Circle).save({ label: 'o', radius: 3 });
    await app.dataSource.getRepository(Shape).save({ label: 'blob' });
    const { results } = await client.get('ShapeController/List');
    expect(results).toMatchObject([
      { id, description: 'a circle of radius 3' },
      { description: 'a shape called blob' },
    ]);
    expect(results[0]).not.toHaveProperty('radius');
  });
});

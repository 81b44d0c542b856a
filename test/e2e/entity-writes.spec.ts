/** Models whose writes TypeORM itself has to make: cascades and trees. */
import { Logger } from '@nestjs/common';
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  type GrpcContext,
  type Values,
} from 'nestjs-socio-grpc';
import {
  Column,
  DeleteDateColumn,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Tree,
  TreeChildren,
  TreeParent,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

@Entity()
class Album {
  @PrimaryColumn() code!: string;
  @Column() title!: string;
  @OneToMany(() => Song, (song) => song.album, { cascade: true }) songs!: Relation<Song>[];
  @DeleteDateColumn() deleted!: Date | null;
}

@Entity()
class Song {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @ManyToOne(() => Album, (album) => album.songs, { nullable: false }) album!: Relation<Album>;
  @DeleteDateColumn() deleted!: Date | null;
}

@Entity()
@Tree('materialized-path')
class Topic {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @TreeParent() parent!: Relation<Topic> | null;
  @TreeChildren() children!: Relation<Topic>[];
}

@ModelSerializer({ model: Album, fields: ['code', 'title'] })
class AlbumSerializer extends ProtoSerializer<Album> {}

@ModelSerializer({ model: Topic })
class TopicSerializer extends ProtoSerializer<Topic> {}

@GrpcController({ serializer: AlbumSerializer, permissions: [AllowAny] })
class AlbumController extends GenericCrudController<Album> {
  protected override performCreate(values: Values<Album>, ctx: GrpcContext): Promise<Album> {
    return super.performCreate({ ...values, songs: [{ title: 'first' }, { title: 'second' }] }, ctx);
  }
}

@GrpcController({ serializer: TopicSerializer, permissions: [AllowAny] })
class TopicController extends GenericCrudController<Topic> {}

describe.each(DATABASES)('writes through entities on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: [Album, Song, Topic],
      controllers: [AlbumController, TopicController],
    });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('cascade on create, update and removal', async () => {
    const songs = app.dataSource.getRepository(Song);
    await client.get('AlbumController/Create', { code: 'a', title: 'A' });
    expect(await songs.find({ relations: { album: true } })).toMatchObject([
      { title: 'first', album: { code: 'a' } },
      { title: 'second', album: { code: 'a' } },
    ]);
    const updated = await client.get('AlbumController/Update', { code: 'a', title: 'B' });
    expect(updated).toMatchObject({ code: 'a', title: 'B' });
    expect(await songs.count()).toBe(2);
    await client.get('AlbumController/Destroy', { code: 'a' });
    expect((await client.call('AlbumController/Retrieve', { code: 'a' })).code).toBe(5);
    expect(await app.dataSource.getRepository(Album).count({ withDeleted: true })).toBe(1);
  });

  it('never overwrite the row that has the key of a new object', async () => {
    await client.get('AlbumController/Create', { code: 'taken', title: 'old' });
    const answer = await client.call('AlbumController/Create', { code: 'taken', title: 'new' });
    expect(answer).toMatchObject({ code: 6, details: 'Album: an object with this key already exists.' });
    expect(await client.get('AlbumController/Retrieve', { code: 'taken' })).toMatchObject({ title: 'old' });
  });

  it('keep the paths of a tree', async () => {
    const root = await client.get('TopicController/Create', { name: 'root' });
    const child = await client.get('TopicController/Create', { name: 'child', parent: root.id });
    const leaf = await client.get('TopicController/Create', { name: 'leaf', parent: child.id });
    const trees = app.dataSource.getTreeRepository(Topic);
    const ancestors = async (): Promise<string[]> =>
      (await trees.findAncestors(await trees.findOneByOrFail({ id: leaf.id }))).map(({ name }) => name);
    expect(await ancestors()).toEqual(['root', 'child', 'leaf']);
    await client.get('TopicController/Update', { id: leaf.id, name: 'leaf', parent: root.id });
    expect(await ancestors()).toEqual(['root', 'leaf']);
    await client.get('TopicController/Update', { id: leaf.id, name: 'leaf' });
    expect(await ancestors()).toEqual(['leaf']);
    expect(await client.get('TopicController/Retrieve', { id: leaf.id })).not.toHaveProperty('parent');
  });
});

it('boot tells at debug which path each action takes, and why', async () => {
  const debug = vi.spyOn(Logger.prototype, 'debug');
  const app = await bootApp({
    database: await createDatabase('sqlite'),
    path: 'entity',
    entities: [Album, Song, Topic],
    controllers: [AlbumController, TopicController],
  });
  const lines = debug.mock.calls.map(([line]) => line as string);
  expect(lines).toContain(
    'AlbumController.list: reads entities, since the loading of "Album" is listened to',
  );
  expect(lines).toContain('AlbumController: insert of "Album" takes entities, since "songs" cascades');
  expect(lines).toContain('TopicController: update of "Topic" takes entities, since its tree is kept');
  debug.mockRestore();
  await app.close();
});

/** Several proto packages in one application. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import {
  AllowAny,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  GenericController,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  ReadOnlyController,
  SocioGrpcModule,
} from 'nestjs-socio-grpc';
import { createGrpcTestingClient } from 'nestjs-socio-grpc/testing';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { protoPath } from '../../lib/proto/proto-file.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { bufBuildFiles } from '../support/buf.js';
import { connectClient, DOORS, type DoorName, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES } from '../support/databases.js';

@Entity()
class Author {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Book {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @Column('int', { default: 0 }) pages!: number;
  @ManyToOne(() => Author, { nullable: true }) author!: Relation<Author> | null;
}

@ModelSerializer({ model: Author })
class AuthorSerializer extends ProtoSerializer<Author> {}

@ModelSerializer({ model: Book, fields: ['id', 'title', 'author'] })
class BookSerializer extends ProtoSerializer<Book> {
  @Nested(() => AuthorSerializer, { readOnly: true }) author!: Author;
}

@ModelSerializer({ model: Book, fields: ['id', 'title', 'pages', 'author'] })
class BookV2Serializer extends ProtoSerializer<Book> {
  @Nested(() => AuthorSerializer, { readOnly: true }) author!: Author;
}

@GrpcController({ serializer: BookSerializer, package: 'shop.v1', permissions: [AllowAny] })
class BookController extends GenericCrudController<Book> {
  @GrpcAction({ response: { text: 'string' } })
  async motto() {
    return { text: 'read' };
  }
}

@GrpcController({ serializer: BookV2Serializer, package: 'shop.v2', service: 'Book' })
class BookV2Controller extends BookController {
  override async motto() {
    return { text: 'read more' };
  }
}

@GrpcController({ serializer: AuthorSerializer, permissions: [AllowAny] })
class AuthorController extends GenericCrudController<Author> {}

/** The module of a library: a package with a folder of its own. */
function shared(dir: string, serializers = [AuthorSerializer]): DynamicModule {
  @Module({
    imports: [SocioGrpcModule.forFeature({ package: 'common.v1', proto: { dir }, serializers })],
    controllers: [AuthorController],
  })
  class CommonModule {}
  return { module: CommonModule };
}

const ENTITIES = [Author, Book];
const NOTHING = { package: 'main' };

describe.each(DATABASES)('packages on %s', (kind) => {
  describe.each(DOORS)('through the %s', (door) => {
    let app: TestApp;
    let dir: string;
    let clients: Record<'v1' | 'v2' | 'common', ProtoClient>;

    const fileOf = (name: string) => protoPath(name === 'common.v1' ? dir : app.protoDir, name);
    const client = (name: string): Promise<ProtoClient> =>
      connectClient(app, door as DoorName, {
        protoFile: fileOf(name),
        includeDirs: [app.protoDir, dir],
      });

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'socio-grpc-common-'));
      app = await bootApp({
        database: await createDatabase(kind),
        entities: ENTITIES,
        controllers: [BookController, BookV2Controller],
        imports: [shared(dir)],
        options: NOTHING,
      });
      clients = {
        v1: await client('shop.v1'),
        v2: await client('shop.v2'),
        common: await client('common.v1'),
      };
    });

    afterAll(async () => {
      for (const each of Object.values(clients)) each.close();
      await app.close();
      await rm(dir, { recursive: true });
    });

    it('answers each package by its own controller and with its own messages', async () => {
      const author = await clients.common.get('/common.v1.AuthorController/Create', { name: 'Ursula' });
      await app.dataSource
        .getRepository(Book)
        .insert({ title: 'The Word', pages: 7, author: { id: author.id } });
      const [old] = (await clients.v1.get('/shop.v1.BookController/List')).results;
      const [current] = (await clients.v2.get('/shop.v2.BookController/List')).results;
      const nested = { id: author.id, _id: 'id', name: 'Ursula' };
      expect(old).toMatchObject({ title: 'The Word', author: nested });
      expect(old).not.toHaveProperty('pages');
      expect(current).toMatchObject({ title: 'The Word', pages: 7, author: nested });
      expect(await clients.v1.get('/shop.v1.BookController/Motto')).toEqual({ text: 'read' });
      expect(await clients.v2.get('/shop.v2.BookController/Motto')).toEqual({ text: 'read more' });
    });

    it('writes through either, with the rules of its serializer', async () => {
      const made = await clients.v2.get('/shop.v2.BookController/Create', { title: 'Dune', pages: 412 });
      expect(made).toMatchObject({ title: 'Dune', pages: 412 });
      await clients.v1.get('/shop.v1.BookController/Update', { id: made.id, title: 'Dune 2' });
      expect(await clients.v2.get('/shop.v2.BookController/Retrieve', { id: made.id })).toMatchObject({
        title: 'Dune 2',
        pages: 412,
      });
    });

    it('writes one file for each, which import each other and which buf takes', async () => {
      const names = ['shop.v1', 'shop.v2', 'common.v1'];
      const texts = await Promise.all(names.map((name) => readFile(fileOf(name), 'utf8')));
      const [v1 = '', v2 = '', common = ''] = texts;
      expect(v1).toContain('import "common/v1/common.proto";\n');
      expect(v1).toMatch(/message BookResponse \{[^}]*optional common\.v1\.AuthorResponse author = \d;/);
      expect(v2).toContain('message BookV2Response {');
      expect(common).not.toContain('import "shop');
      expect(v1 + v2).not.toContain('message AuthorResponse');
      const files = names.map(
        (name, index) => [relative(fileDir(name), fileOf(name)), texts[index]!] as const,
      );
      expect(await bufBuildFiles(Object.fromEntries(files))).toBe('');
      await expect(readFile(protoPath(app.protoDir, 'main'))).rejects.toThrow('ENOENT');
    });

    const fileDir = (name: string) => (name === 'common.v1' ? dir : app.protoDir);
  });
});

describe('the testing client', () => {
  it('takes a name without package as long as one package has it', async () => {
    const app = await bootApp({
      database: await createDatabase('sqlite'),
      entities: ENTITIES,
      controllers: [BookController, BookV2Controller, AuthorController],
      options: NOTHING,
    });
    const client = await createGrpcTestingClient(app.app);
    expect(await client.unary('AuthorController/Create', { name: 'Ann' })).toMatchObject({ name: 'Ann' });
    expect(await client.unary('shop.v2.BookController/Motto')).toEqual({ text: 'read more' });
    await expect(client.unary('BookController/Motto')).rejects.toThrow(
      'There are several methods "BookController/Motto". Name one: /shop.v1.BookController/Motto, /shop.v2.BookController/Motto.',
    );
    await app.close();
  });
});

describe('a package', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'socio-grpc-packages-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const feature = (controllers: (new () => object)[], ...features: DynamicModule[]): DynamicModule => {
    @Module({ imports: features, controllers })
    class FeatureModule {}
    return { module: FeatureModule };
  };

  it('of a module is that of its controllers, unless they state their own', async () => {
    const app = await bootApp({
      database: await createDatabase('sqlite'),
      entities: ENTITIES,
      controllers: [],
      imports: [
        feature([AuthorController, BookController], SocioGrpcModule.forFeature({ package: 'people' })),
      ],
      options: NOTHING,
    });
    const { methods } = await app.server.compile();
    const paths = methods.map(({ target }) => target.path);
    expect(paths).toContain('/people.AuthorController/List');
    expect(paths).toContain('/shop.v1.BookController/List');
    expect(await readFile(protoPath(app.protoDir, 'people'), 'utf8')).toContain('service AuthorController {');
    await app.close();
  });

  it('may have a class and a service that another has under the same name', async () => {
    const controllerIn = (name: string) => {
      @GrpcController({ package: name, permissions: [AllowAny] })
      class EchoController extends GenericController {
        @GrpcAction({ response: { text: 'string' } })
        async where() {
          return { text: name };
        }
      }
      return EchoController;
    };
    const app = await bootApp({
      controllers: [controllerIn('one'), controllerIn('two')],
      options: NOTHING,
    });
    for (const name of ['one', 'two']) {
      const client = await connectClient(app, 'socket', {
        protoFile: protoPath(app.protoDir, name),
        includeDirs: [],
      });
      expect(await client.get('EchoController/Where')).toEqual({ text: name });
      client.close();
    }
    await app.close();
  });

  it('of a library has the messages of its serializers, whichever application runs', async () => {
    const common = () =>
      SocioGrpcModule.forFeature({ package: 'common.v1', proto: { dir }, serializers: [AuthorSerializer] });
    const boot = async (controller: new () => object) => {
      const app = await bootApp({
        database: await createDatabase('sqlite'),
        entities: ENTITIES,
        controllers: [controller],
        imports: [feature([], common())],
        options: NOTHING,
      });
      await app.close();
      return readFile(protoPath(dir, 'common.v1'), 'utf8');
    };
    @GrpcController({ permissions: [AllowAny] })
    class EchoController extends GenericController {
      @GrpcAction({ request: { text: 'string' }, response: { text: 'string' } })
      async echo({ text }: { text: string }) {
        return { text };
      }
    }
    const text = await boot(EchoController);
    expect(text).toContain('message AuthorRequest {');
    expect(text).toContain('message AuthorResponse {');
    expect(await boot(BookController)).toBe(text);
  });

  it('keeps its ledger in its own file', async () => {
    const boot = async (controller: new () => object) => {
      const parts = {
        database: await createDatabase('sqlite'),
        entities: ENTITIES,
        controllers: [controller, AuthorController],
        options: { ...NOTHING, proto: { dir } },
      };
      await (await bootApp(parts)).close();
    };
    await boot(BookV2Controller);
    @ModelSerializer({ model: Book, fields: ['id', 'pages', 'author'] })
    class SmallerSerializer extends ProtoSerializer<Book> {}
    Object.defineProperty(SmallerSerializer, 'name', { value: 'BookV2Serializer' });
    @GrpcController({
      serializer: SmallerSerializer,
      package: 'shop.v2',
      service: 'Book',
      permissions: [AllowAny],
    })
    class SmallerController extends ReadOnlyController<Book> {}
    const untouched = await readFile(protoPath(dir, 'main'), 'utf8');
    await boot(SmallerController);
    expect(await readFile(protoPath(dir, 'shop.v2'), 'utf8')).toMatch(
      /message BookV2Response \{[^}]*reserved 2;\s+reserved "title";/,
    );
    expect(await readFile(protoPath(dir, 'main'), 'utf8')).toBe(untouched);
  });

  describe('is refused', () => {
    const parts = { entities: ENTITIES, controllers: [], options: NOTHING };

    it('with two folders', async () => {
      const problems = await problemsOf({
        ...parts,
        imports: [
          shared(join(dir, 'a')),
          feature([], SocioGrpcModule.forFeature({ package: 'common.v1', proto: { dir: join(dir, 'b') } })),
        ],
      });
      expect(problems).toEqual([
        `package "common.v1": its "proto.dir" is ${join(dir, 'a')} and ${join(dir, 'b')}. The file is the ledger of its numbers, so there can be only one.`,
      ]);
    });

    it('with the file of another', async () => {
      const twin = SocioGrpcModule.forFeature({ package: 'shop', proto: { dir: join(dir, 'acme') } });
      @GrpcController({ serializer: BookSerializer, package: 'acme.shop', permissions: [AllowAny] })
      class AcmeController extends ReadOnlyController<Book> {}
      const problems = await problemsOf({
        entities: ENTITIES,
        controllers: [AcmeController],
        imports: [feature([AuthorController], twin)],
        options: { ...NOTHING, proto: { dir } },
      });
      expect(problems).toEqual([
        `packages "acme.shop" and "shop": both have the file ${join(dir, 'acme/shop/shop.proto')}. Give one another "proto.dir".`,
      ]);
    });

    it('when a serializer is in two', async () => {
      const again = SocioGrpcModule.forFeature({ package: 'people', serializers: [AuthorSerializer] });
      expect(await problemsOf({ ...parts, imports: [shared(dir), feature([], again)] })).toEqual([
        'AuthorSerializer: is in "serializers" of the packages "common.v1" and "people". Its messages can be in one file only.',
      ]);
    });

    it('when something else stands in its serializers', async () => {
      const wrong = SocioGrpcModule.forFeature({ package: 'people', serializers: [Author as never] });
      expect(await problemsOf({ ...parts, imports: [feature([], wrong)] })).toEqual([
        'SocioGrpcModule.forFeature("people"): Author stands in its "serializers". Expected classes that extend ProtoSerializer.',
      ]);
    });

    it('when a module has two, and its controller none', async () => {
      const problems = await problemsOf({
        ...parts,
        imports: [
          feature(
            [AuthorController],
            SocioGrpcModule.forFeature({ package: 'people' }),
            SocioGrpcModule.forFeature({ package: 'others' }),
          ),
        ],
      });
      expect(problems).toEqual([
        'AuthorController: its module is told "people" and "others" by SocioGrpcModule.forFeature(). Set "package" in @GrpcController().',
      ]);
    });

    it('when two controllers of it want one service', async () => {
      @GrpcController({ serializer: AuthorSerializer, service: 'Author', permissions: [AllowAny] })
      class WriterController extends ReadOnlyController<Author> {}
      const problems = await problemsOf({ ...parts, controllers: [AuthorController, WriterController] });
      expect(problems).toEqual([
        'service "AuthorController": AuthorController and WriterController both want this name. Set "service" in one @GrpcController().',
      ]);
    });

    it('when two import each other', async () => {
      const people = SocioGrpcModule.forFeature({ package: 'people', serializers: [AuthorSerializer] });
      const books = SocioGrpcModule.forFeature({ package: 'books', serializers: [BookSerializer] });
      @GrpcController({ serializer: BookSerializer, package: 'people', permissions: [AllowAny] })
      class ReadingController extends ReadOnlyController<Book> {}
      const problems = await problemsOf({
        ...parts,
        controllers: [ReadingController],
        imports: [feature([], people, books)],
      });
      expect(problems).toEqual([
        'packages "people" -> "books" -> "people": their files would import each other, which protobuf forbids. ' +
          '"people" uses BookSerializer of "books", "books" uses AuthorSerializer of "people". ' +
          'Move what both need into a package of its own, or out of "serializers" of SocioGrpcModule.forFeature().',
      ]);
    });
  });
});

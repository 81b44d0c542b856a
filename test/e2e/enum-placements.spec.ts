/** Enums of columns, serializers and actions in each of the four places of the file. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AllowAny,
  declareEnum,
  EnumField,
  EnumPlacementPlugin,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  Serializer,
  type EnumPlacement,
  type EnumType,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { bufBuild } from '../support/buf.js';
import { connectClient } from '../support/client.js';
import { createDatabase, type TestDatabase } from '../support/databases.js';

const PLACEMENTS: readonly EnumPlacement[] = ['global-wrapped', 'global', 'message', 'message-wrapped'];

/** An application whose models, serializers and actions use one enum. */
function applicationOf(genre: EnumType) {
  @Entity()
  class Book {
    @PrimaryGeneratedColumn() id!: number;
    @Column({ type: 'simple-enum', enum: genre as object }) genre!: string;
    @Column({ nullable: true }) shelf!: string;
  }

  @ModelSerializer({ model: Book })
  class BookSerializer extends ProtoSerializer<Book> {}

  @Serializer()
  class WishSerializer extends ProtoSerializer {
    @EnumField(genre, { repeated: true }) genres!: string[];
    @EnumField(genre, { required: false }) best?: string;
  }

  @Serializer()
  class WishListSerializer extends ProtoSerializer {
    @Nested(() => WishSerializer) wish!: object;
  }

  @GrpcController({ serializer: BookSerializer, permissions: [AllowAny] })
  class BookController extends GenericCrudController<Book> {
    @GrpcAction({
      request: {
        genre: { type: genre, description: 'Wanted' },
        others: { type: genre, cardinality: 'repeated' },
      },
      response: { genre: { type: genre, cardinality: 'optional' } },
    })
    async echo({ genre: value }: { genre: string | number }) {
      return { genre: value };
    }

    @GrpcAction({ request: WishListSerializer, response: WishListSerializer })
    async wish(request: object, ctx: GrpcContext): Promise<object> {
      return this.readValues(request, ctx);
    }
  }
  return { Book, BookController };
}

enum Genre {
  Novel = 'novel',
  Poetry = 'poetry',
  ShortStory = 'short',
}
declareEnum(Genre, {
  name: 'Genre',
  description: 'Where a book stands',
  members: { Novel: 'Prose of some length', Poetry: ['Verse', 'mostly'] },
});

describe.each(PLACEMENTS)('enums at "%s"', (placement) => {
  let database: TestDatabase;
  let protoDir: string;
  let app: TestApp | undefined;

  beforeEach(async () => {
    database = await createDatabase('sqlite');
    protoDir = await mkdtemp(join(tmpdir(), 'socio-grpc-enums-'));
  });

  afterEach(async () => {
    await app?.close();
    await database.drop();
    await rm(protoDir, { recursive: true, force: true });
  });

  async function boot(genre: EnumType): Promise<string> {
    const { Book, BookController } = applicationOf(genre);
    app = await bootApp({
      database,
      entities: [Book],
      controllers: [BookController],
      options: {
        package: 'shop.v1',
        proto: { dir: protoDir },
        generationPlugins: [new EnumPlacementPlugin(placement)],
      },
    });
    return readFile(join(protoDir, 'shop/v1/shop.proto'), 'utf8');
  }

  it('are written with their comments, and buf takes them', async () => {
    const text = await boot(Genre);
    expect(await bufBuild([text])).toBe('');
    const members = (zero: string, indent: string): string =>
      [
        `    ${zero} = 0;`,
        '    // Prose of some length',
        '    NOVEL = 1;',
        '    // Verse',
        '    // mostly',
        '    POETRY = 2;',
        '    SHORT_STORY = 3;',
      ]
        .map((line) => `${indent}${line}`)
        .join('\n');
    const inside = placement.startsWith('message');
    const block = {
      'global-wrapped': `// Where a book stands\nmessage Genre {\n    enum Enum {\n${members('ENUM_UNSPECIFIED', '    ')}\n    }\n}\n`,
      global: `// Where a book stands\nenum Genre {\n${members('GENRE_UNSPECIFIED', '')}\n}\n`,
      message: `    // Where a book stands\n    enum Genre {\n${members('GENRE_UNSPECIFIED', '    ')}\n    }\n`,
      'message-wrapped': `    // Where a book stands\n    message Genre {\n        enum Enum {\n${members('ENUM_UNSPECIFIED', '        ')}\n        }\n    }\n`,
    }[placement];
    const type = placement.endsWith('wrapped') ? 'Genre.Enum' : 'Genre';
    expect(text).toContain(block);
    expect(text.split(block)).toHaveLength(inside ? 8 : 2);
    expect(text).toContain(`    // Wanted\n    ${type} genre = 1;\n    repeated ${type} others = 2;\n`);
    expect(text).toContain(`    repeated ${type} genres = 1;\n    optional ${type} best = 2;\n`);
  });

  it('carry values over the wire, and tell numbers that they do not know by their fields', async () => {
    await boot(Genre);
    const client = await connectClient({ ...app!, protoFile: join(protoDir, 'shop/v1/shop.proto') });
    const created = await client.get('BookController/Create', { genre: 'SHORT_STORY' });
    expect(created.genre).toBe('SHORT_STORY');
    expect((await client.get('BookController/Echo', { genre: 'POETRY' })).genre).toBe('POETRY');
    expect((await client.get('BookController/Echo', {}))._genre).toBeUndefined();
    const wish = { genres: ['NOVEL', 'POETRY'], best: 'NOVEL' };
    expect((await client.get('BookController/Wish', { wish })).wish).toMatchObject(wish);
    const no = (number: number) => [
      { message: `"${number}" is not a valid choice.`, code: 'invalid_choice' },
    ];
    const refused = async (method: string, request: object): Promise<unknown> => {
      const { code, details } = await client.call(`BookController/${method}`, request);
      expect(code).toBe(3);
      return JSON.parse(details) as unknown;
    };
    expect(await refused('Create', { genre: 9 })).toEqual({ genre: no(9) });
    expect(await refused('Echo', { genre: 9 })).toEqual({ genre: no(9) });
    expect(await refused('Echo', { genre: 1, others: [1, 8] })).toEqual({ others: no(8) });
    expect(await refused('Wish', { wish: { ...wish, best: 9 } })).toEqual({ wish: { best: no(9) } });
    client.close();
  });

  it('keep their numbers when members come, go and move', async () => {
    const versions = [
      ['novel', 'poetry', 'essay'],
      ['essay', 'drama', 'novel'],
    ];
    for (const version of versions) declareEnum(version, { name: 'Genre' });
    await boot(versions[0]!);
    await app!.close();
    const text = await boot(versions[1]!);
    const numbers = [...text.matchAll(/(NOVEL|POETRY|ESSAY|DRAMA) = (\d+);/g)].map(
      ([, name, number]) => `${name} ${number}`,
    );
    expect([...new Set(numbers)].toSorted()).toEqual(['DRAMA 4', 'ESSAY 3', 'NOVEL 1']);
    expect(text).toContain('reserved 2;');
    expect(text).toContain('reserved "POETRY";');
  });
});

describe('enums', () => {
  let database: TestDatabase | undefined;
  afterAll(() => database?.drop());

  it('of columns may be named by the serializer, and must then have the same values', async () => {
    const SIZES = ['small', 'large'] as const;
    declareEnum(SIZES, { name: 'Size', members: { small: 'Fits a pocket' } });
    @Entity()
    class Box {
      @PrimaryGeneratedColumn() id!: number;
      @Column() size!: string;
      @Column({ type: 'simple-enum', enum: SIZES as never }) other!: string;
    }
    @ModelSerializer({ model: Box })
    class BoxSerializer extends ProtoSerializer<Box> {
      @EnumField(SIZES) size!: string;
      @EnumField(['small', 'huge']) other!: string;
    }
    @GrpcController({ serializer: BoxSerializer, permissions: [AllowAny] })
    class BoxController extends GenericCrudController<Box> {}
    expect(await problemsOf({ entities: [Box], controllers: [BoxController] })).toEqual([
      'BoxSerializer.other: the column\'s values and those of the enum "BoxOther" differ: "huge", "large". Give both the same enum.',
    ]);
    @ModelSerializer({ model: Box, exclude: ['other'] })
    class SmallBoxSerializer extends ProtoSerializer<Box> {
      @EnumField(SIZES) size!: string;
    }
    @GrpcController({ serializer: SmallBoxSerializer, service: 'SmallBox', permissions: [AllowAny] })
    class SmallBoxController extends GenericCrudController<Box> {}
    database = await createDatabase('sqlite');
    const app = await bootApp({ database, entities: [Box], controllers: [SmallBoxController] });
    const client = await connectClient(app);
    await app.dataSource.getRepository(Box).insert({ size: 'large', other: 'small' });
    expect((await client.get('SmallBoxController/Retrieve', { id: 1 })).size).toBe('LARGE');
    expect(await readFile(app.protoFile, 'utf8')).toContain(
      'message Size {\n    enum Enum {\n        ENUM_UNSPECIFIED = 0;\n        // Fits a pocket\n        SMALL = 1;\n        LARGE = 2;\n',
    );
    client.close();
    await app.close();
  });

  it('of two kinds under one name are a boot error', async () => {
    const A = ['a'] as const;
    const B = ['b'] as const;
    declareEnum(A, { name: 'Kind' });
    declareEnum(B, { name: 'Kind' });
    @GrpcController({ permissions: [AllowAny] })
    class KindController {
      @GrpcAction({ request: { kind: A }, response: { kind: B } })
      async kind({ kind }: { kind: 'a' }): Promise<{ kind: 'b' }> {
        throw new Error(kind);
      }
    }
    expect(await problemsOf({ controllers: [KindController] })).toEqual([
      'enum "Kind.Enum": two different enums have this name. Rename one of them.',
    ]);
  });
});

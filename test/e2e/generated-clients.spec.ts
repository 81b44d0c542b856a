/** Clients that the command generates: they compile, and what they say of the answers is true. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import {
  AllowAny,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  SocioGrpcModule,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nestClients } from '../../lib/cli/clients/nest.js';
import { typescriptClients } from '../../lib/cli/clients/typescript.js';
import type { ClientFile } from '../../lib/cli/clients/write-clients.js';
import type { FileDescriptor } from '../../lib/proto/descriptors.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { createDatabase } from '../support/databases.js';
import { TypeScriptProject } from '../support/typescript-project.js';

@Entity()
class Author {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

enum Kind {
  Novel = 'novel',
  Poem = 'poem',
}

@Entity()
class Book {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @Column('bigint') copies!: string;
  @Column('simple-enum', { enum: Kind }) kind!: Kind;
  @Column('simple-json') data!: object;
  @Column('blob') cover!: Buffer;
  @Column('double precision', { nullable: true }) weight!: number | null;
  @ManyToOne(() => Author, { nullable: true }) author!: Relation<Author> | null;
}

@ModelSerializer({ model: Author, description: 'Who wrote it.' })
class AuthorSerializer extends ProtoSerializer<Author> {}

@ModelSerializer({ model: Book, fields: 'all' })
class BookSerializer extends ProtoSerializer<Book> {
  @Nested(() => AuthorSerializer, { readOnly: true }) author!: Author;
}

@GrpcController({ serializer: BookSerializer, permissions: [AllowAny], description: 'Books of a shop.' })
class BookController extends GenericCrudController<Book> {
  @GrpcAction({
    request: { text: 'string', times: 'int64', tags: 'repeated string' },
    response: { texts: 'repeated string', times: 'int64', tag: 'optional string' },
    description: 'Says it again */ and again.',
  })
  async echo({ text, times, tags }: { text: string; times: string; tags: string[] }) {
    return { texts: [text, ...tags], times };
  }

  @GrpcAction({
    request: { part: 'string' },
    requestStream: true,
    response: { whole: 'string' },
  })
  async join(parts: AsyncIterable<{ part: string }>) {
    let whole = '';
    for await (const { part } of parts) whole += part;
    return { whole };
  }

  @GrpcAction({ request: { up: 'int32' }, response: { down: 'int32' }, responseStream: true })
  async *count({ up }: { up: number }) {
    for (let down = up; down > 0; down--) yield { down };
  }
}

const USE_NEST = `
import { ClientProxyFactory, type ClientGrpc } from '@nestjs/microservices';
import { firstValueFrom, from, lastValueFrom, toArray } from 'rxjs';
import { shopV1Client, type BookControllerClient, type BookResponse } from './shop/v1/shop.client.js';

const [url = '', ...protoDirs] = process.argv.slice(2);
const client = ClientProxyFactory.create(shopV1Client({ url, protoDirs })) as unknown as ClientGrpc & { close(): void };
const books = client.getService<BookControllerClient>('BookController');
const cover = Buffer.from([0, 255]);
const made: BookResponse = await firstValueFrom(
  books.create({ title: 'Dune', copies: '9223372036854775807', kind: 'NOVEL', cover, data: { fields: { a: { numberValue: 1 } } } }),
);
const found: BookResponse = await firstValueFrom(books.retrieve({ id: made.id ?? 0 }));
const copies: string = found.copies;
const bytes: Buffer = found.cover;
const weight: number | undefined = found.weight;
const a: number | undefined = found.data?.fields['a']?.numberValue;
const author: string | undefined = found.author?.name;
const echo = await firstValueFrom(books.echo({ text: 'x', times: 3 }));
const { whole } = await firstValueFrom(books.join(from([{ part: 'a' }, { part: 'b' }])));
const counted = await lastValueFrom(books.count({ up: 3 }).pipe(toArray()));
console.log(JSON.stringify({ found, copies, bytes: [...bytes], weight, a, author, echo, whole, counted }));
client.close();
`;

const USE_TS = `
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { BookController, BookKind_Enum, type BookResponse } from './shop/v1/shop_pb.js';

const [baseUrl = ''] = process.argv.slice(2);
const books = createClient(BookController, createGrpcTransport({ baseUrl }));
const made: BookResponse = await books.create({
  title: 'Dune',
  copies: -9223372036854775808n,
  kind: BookKind_Enum.POEM,
  cover: new Uint8Array([0, 255]),
  data: { a: [1, null] },
});
const found = await books.retrieve({ id: made.id ?? 0 });
const copies: bigint = found.copies;
const { whole } = await books.join((async function* () {
  yield { part: 'a' };
  yield { part: 'b' };
})());
const counted: number[] = [];
for await (const { down } of books.count({ up: 3 })) counted.push(down);
const { copies: _, ...rest } = found;
console.log(JSON.stringify({ copies: String(copies), title: rest.title, kind: found.kind, cover: [...found.cover], data: found.data, author: found.author?.name, whole, counted }));
process.exit(0);
`;

const WRONG_NEST = `
import type { BookControllerClient } from './shop/v1/shop.client.js';
export function wrong(books: BookControllerClient): void {
  books.create({ title: 1, copies: '1', kind: 'NOVEL', cover: Buffer.alloc(0), data: { fields: {} } });
  books.retrieve({});
}
`;

let app: TestApp;
let dir: string;
let files: readonly FileDescriptor[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'socio-grpc-common-'));
  @Module({
    imports: [
      SocioGrpcModule.forFeature({
        package: 'common.v1',
        proto: { dir },
        serializers: [AuthorSerializer],
      }),
    ],
  })
  class CommonModule {}
  app = await bootApp({
    database: await createDatabase('sqlite'),
    entities: [Author, Book],
    controllers: [BookController],
    imports: [{ module: CommonModule }],
    options: { package: 'shop.v1' },
  });
  files = (await app.server.compile()).files;
});

afterAll(async () => {
  await app.close();
  await rm(dir, { recursive: true });
});

const asFiles = (sources: readonly ClientFile[]) =>
  Object.fromEntries(sources.map(({ path, text }) => [path, text]));

describe('a client by protoc-gen-es', () => {
  it('calls all kinds of methods', { timeout: 60_000 }, async () => {
    const sources = asFiles(await typescriptClients(files, files));
    expect(Object.keys(sources).toSorted()).toEqual(['common/v1/common_pb.ts', 'shop/v1/shop_pb.ts']);
    const project = await TypeScriptProject.create({ ...sources, 'use.ts': USE_TS });
    expect(project.compile('use.ts')).toEqual([]);
    expect(JSON.parse(await project.run('use.js', `http://${app.address}`))).toEqual({
      copies: '-9223372036854775808',
      title: 'Dune',
      kind: 2,
      cover: [0, 255],
      data: { a: [1, null] },
      whole: 'ab',
      counted: [3, 2, 1],
    });
    await project.remove();
  });

  it('has the comments, and only the files that are wanted', async () => {
    const shop = files.filter((file) => file.package === 'shop.v1');
    const sources = asFiles(await typescriptClients(files, shop));
    expect(Object.keys(sources)).toEqual(['shop/v1/shop_pb.ts']);
    expect(sources['shop/v1/shop_pb.ts']).toContain('* Books of a shop.');
    expect(sources['shop/v1/shop_pb.ts']).toContain('from "../../common/v1/common_pb.js"');
  });
});

describe('a Nest client', () => {
  it('says the truth about what it takes and gives', { timeout: 60_000 }, async () => {
    const sources = asFiles(nestClients(files, files));
    const project = await TypeScriptProject.create({ ...sources, 'use.ts': USE_NEST });
    expect(project.compile('use.ts')).toEqual([]);
    const answer = JSON.parse(await project.run('use.js', app.address, app.protoDir, dir));
    expect(answer).toEqual({
      found: expect.objectContaining({ title: 'Dune', kind: 'NOVEL', copies: '9223372036854775807' }),
      copies: '9223372036854775807',
      bytes: [0, 255],
      a: 1,
      echo: { texts: ['x'], times: '3' },
      whole: 'ab',
      counted: [{ down: 3 }, { down: 2 }, { down: 1 }],
    });
    expect(Object.keys(answer.found)).not.toContain('_id');
    await project.remove();
  });

  it('does not compile with another type or without what is needed', { timeout: 60_000 }, async () => {
    const sources = asFiles(nestClients(files, files));
    const project = await TypeScriptProject.create({ ...sources, 'wrong.ts': WRONG_NEST });
    expect(project.compile('wrong.ts').map((line) => line.split(' ')[0])).toEqual([
      'wrong.ts:4',
      'wrong.ts:5',
    ]);
    await project.remove();
  });

  it('keeps the comments', () => {
    const text = asFiles(nestClients(files, files))['shop/v1/shop.client.ts'];
    expect(text).toContain('  /** Says it again *\\/ and again. */\n  echo(request: BookEchoRequest');
    expect(text).toContain(' * Books of a shop.\n');
    expect(asFiles(nestClients(files, files))['common/v1/common.client.ts']).toContain(
      '/** Who wrote it. */',
    );
  });
});

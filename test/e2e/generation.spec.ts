/** What becomes of the messages of actions: plugins, names, placeholders. */
import { readFile } from 'node:fs/promises';
import type { Type } from '@nestjs/common';
import {
  AddFieldPlugin,
  AllowAny,
  AttrPlaceholder,
  FilterGenerationPlugin,
  FnPlaceholder,
  GenerationPlugin,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListGenerationPlugin,
  ListOfSelf,
  LookupField,
  MessageNames,
  ModelSerializer,
  PageNumberPagination,
  PaginationGenerationPlugin,
  Placeholder,
  ProtoSerializer,
  SelfSerializer,
  StrTemplatePlaceholder,
  type ActionTarget,
  type FieldList,
  type GrpcContext,
  type MessageDraft,
  type MessageToName,
  type PlaceholderTarget,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient } from '../support/client.js';
import { contractLines } from '../support/contract-lines.js';
import { createDatabase, type TestDatabase } from '../support/databases.js';

@Entity()
class Book {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
}

@ModelSerializer({ model: Book, listField: 'books' })
class BookSerializer extends ProtoSerializer<Book> {}

@ModelSerializer({ model: Book, fields: ['id', 'title'] })
class BookCardSerializer extends ProtoSerializer<Book> {}

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase('sqlite');
});
afterAll(() => database.drop());

async function boot(controllers: Type<object>[], options: SocioGrpcOptions = {}): Promise<TestApp> {
  return bootApp({ database, entities: [Book], controllers, options });
}

/** The rpcs, and the messages in one line each. */
async function contractOf(controllers: Type<object>[], options: SocioGrpcOptions = {}): Promise<string[]> {
  const app = await boot(controllers, options);
  const lines = await contractLines(app.protoFile);
  await app.close();
  return lines;
}

const NAME = { name: 'string' } as const;

describe('generation plugins', () => {
  it('add fields to requests, and the action gets them', async () => {
    @GrpcController({ permissions: [AllowAny] })
    class PingController {
      @GrpcAction({
        plugins: [new AddFieldPlugin('dryRun', { type: 'optional bool', description: 'Nothing is kept' })],
        response: NAME,
      })
      async ping(request: { dryRun?: boolean }) {
        return { name: `dry: ${request.dryRun}` };
      }
    }
    const app = await boot([PingController]);
    expect(await readFile(app.protoFile, 'utf8')).toContain(
      'message PingPingRequest {\n    // Nothing is kept\n    optional bool dry_run = 1;\n}',
    );
    const client = await connectClient(app);
    expect(await client.get('PingController/Ping', { dryRun: true })).toEqual({ name: 'dry: true' });
    client.close();
    await app.close();
  });

  it('make lists of messages, of serializers and of listed fields', async () => {
    const LISTS = [new ListGenerationPlugin({ request: true, response: true })];
    @GrpcController({ serializer: BookSerializer, permissions: [AllowAny], pagination: null })
    class BookController extends GenericController<Book> {
      @GrpcAction({ request: BookSerializer, response: BookSerializer, plugins: LISTS })
      async bulkCreate({ books }: { books: object[] }) {
        return { books };
      }
      @GrpcAction({ request: NAME, response: NAME, plugins: LISTS })
      async rename({ results }: { results: object[] }) {
        return { results };
      }
      @GrpcAction({
        request: NAME,
        requestName: 'Name',
        responseName: 'NewResponse',
        response: NAME,
        plugins: [new ListGenerationPlugin({ request: true, response: true, field: 'newNames' })],
      })
      async named({ newNames }: { newNames: object[] }) {
        return { newNames };
      }
      @GrpcAction({
        response: 'google.protobuf.Struct',
        plugins: [new ListGenerationPlugin({ response: true })],
      })
      async anything() {
        return { results: [{ a: [1, null] }] };
      }
    }
    expect(await contractOf([BookController])).toEqual([
      'Anything(google.protobuf.Empty) returns (BookAnythingListResponse)',
      'BulkCreate(BookListRequest) returns (BookListResponse)',
      'Named(NameList) returns (NewListResponse)',
      'Rename(BookRenameListRequest) returns (BookRenameListResponse)',
      'BookAnythingListResponse { repeated google.protobuf.Struct results = 1; }',
      'BookListRequest { repeated BookRequest books = 1; }',
      'BookListResponse { repeated BookResponse books = 1; }',
      'BookRenameListRequest { repeated BookRenameRequest results = 1; }',
      'BookRenameListResponse { repeated BookRenameResponse results = 1; }',
      'BookRenameRequest { string name = 1; }',
      'BookRenameResponse { string name = 1; }',
      'BookRequest { optional int32 id = 1; string title = 2; }',
      'BookResponse { optional int32 id = 1; string title = 2; }',
      'Name { string name = 1; }',
      'NameList { repeated Name new_names = 1; }',
      'NewListResponse { repeated NewResponse new_names = 1; }',
      'NewResponse { string name = 1; }',
    ]);
  });

  it('of lists put the count of pages beside the items, in requests under "dsg" only', async () => {
    @GrpcController({ serializer: BookSerializer, permissions: [AllowAny], pagination: PageNumberPagination })
    class BookController extends GenericController<Book> {
      @GrpcAction({
        request: SelfSerializer,
        response: SelfSerializer,
        plugins: [new ListGenerationPlugin({ request: true, response: true })],
      })
      async bulk(request: object) {
        return request;
      }
    }
    const lists = async (options: SocioGrpcOptions) =>
      (await contractOf([BookController], options)).filter((line) => /^\w+List\w+ \{/.test(line));
    expect(await lists({})).toEqual([
      'BookListRequest { repeated BookRequest books = 1; }',
      'BookListResponse { repeated BookResponse books = 1; int32 count = 2; }',
    ]);
    expect(await lists({ conventions: 'dsg' })).toEqual([
      'BookListRequest { repeated BookRequest books = 1; int32 count = 2; }',
      'BookListResponse { repeated BookResponse books = 1; int32 count = 2; }',
    ]);
  });

  it('for filters and pages come behind that for lists, or the items get their fields', async () => {
    const LIST = new ListGenerationPlugin({ request: true });
    const [FILTERS, PAGES] = [new FilterGenerationPlugin(), new PaginationGenerationPlugin()];
    @GrpcController({ serializer: BookSerializer, permissions: [AllowAny], search: ['title'] })
    class BookController extends GenericController<Book> {
      @GrpcAction({ request: NAME, plugins: [LIST, FILTERS, PAGES] })
      async behind() {}
      @GrpcAction({ request: NAME, plugins: [FILTERS, LIST] })
      async before() {}
    }
    const struct = 'optional google.protobuf.Struct';
    expect((await contractOf([BookController])).slice(2)).toEqual([
      'BookBeforeListRequest { repeated BookBeforeRequest results = 1; }',
      `BookBeforeRequest { string name = 1; ${struct} _filters = 2; }`,
      `BookBehindListRequest { repeated BookBehindRequest results = 1; ${struct} _filters = 2; ${struct} _pagination = 3; }`,
      'BookBehindRequest { string name = 1; }',
    ]);
  });

  it("of one's own, of the module first, see the action and what the one before made", async () => {
    const seen: string[] = [];
    class NotingPlugin extends GenerationPlugin {
      constructor(private readonly note: string) {
        super();
      }
      override appliesTo({ action }: ActionTarget) {
        return action !== 'plain';
      }
      override transformRequest(message: MessageDraft, { service, action, controller }: ActionTarget) {
        seen.push(
          `${this.note} ${(controller as { name: string }).name} ${service} ${action} [${Object.keys(message.fields).join()}]`,
        );
        return { ...message, fields: { ...message.fields, [this.note]: 'string' } };
      }
      override transformResponse(message: MessageDraft) {
        return { ...message, name: `${this.note}${message.name ?? ''}` };
      }
    }
    @GrpcController({ permissions: [AllowAny] })
    class NoteController {
      @GrpcAction({ response: NAME, plugins: [new NotingPlugin('second')] })
      async take() {
        return NAME;
      }
      @GrpcAction({ response: NAME })
      async plain() {
        return NAME;
      }
    }
    expect(await contractOf([NoteController], { generationPlugins: [new NotingPlugin('first')] })).toEqual([
      'Plain(google.protobuf.Empty) returns (NotePlainResponse)',
      'Take(NoteTakeRequest) returns (secondfirst)',
      'NotePlainResponse { string name = 1; }',
      'NoteTakeRequest { string first = 1; string second = 2; }',
      'secondfirst { string name = 1; }',
    ]);
    expect(seen).toEqual(['first NoteController Note take []', 'second NoteController Note take [first]']);
  });

  it('that cannot do their work are boot errors', async () => {
    class BrokenPlugin extends GenerationPlugin {
      override transformResponse(): never {
        throw new Error('no idea');
      }
    }
    @GrpcController({ serializer: BookSerializer, permissions: [AllowAny] })
    class BookController extends GenericCrudController<Book> {
      @GrpcAction({ plugins: [new BrokenPlugin()] })
      async broken() {}
      @GrpcAction({ request: 'google.protobuf.Struct', plugins: [new AddFieldPlugin('more', 'bool')] })
      async struct() {}
      @GrpcAction({ request: SelfSerializer, plugins: [new AddFieldPlugin('more', 'bool')] })
      async extended() {}
      @GrpcAction({
        request: { a: 'string', b: { type: 'optional string', cardinality: 'repeated' } },
        requestName: 'X',
        response: { c: [] },
        responseName: 'X',
      })
      async same(): Promise<never> {
        throw new Error('never called');
      }
    }
    const expected =
      "Expected a proto type such as 'string' or 'repeated int64', a serializer, an enum, or an externalMessage().";
    expect(await problemsOf({ entities: [Book], controllers: [BookController] })).toEqual([
      'BookController.broken: BrokenPlugin fails with "no idea".',
      'BookController.struct: google.protobuf.Struct cannot get the field "more". List the fields of the request instead.',
      'message "BookRequest": BookSerializer and BookSerializer both want this name for different fields. Rename one of them.',
      `BookController.same: field "b" has type "optional string" and is "repeated". ${expected}`,
      `BookController.same: field "c" has type "". ${expected}`,
      'message "X": BookController.same and BookController.same both want this name for different fields. Rename one of them.',
    ]);
  });
});

describe('names of messages', () => {
  class ShortNames extends MessageNames {
    override nameOf(message: MessageToName) {
      return super
        .nameOf(message)
        .replace(/Response$/, 'Reply')
        .replace(/Request$/, 'Call');
    }
  }
  class FullNames extends MessageNames {
    override nameOf({ service, rpc, direction, stem, list, given }: MessageToName) {
      return [service, rpc, direction, stem, list, given].join('_');
    }
  }

  @GrpcController({ serializer: BookSerializer, permissions: [AllowAny], pagination: null })
  class BookController extends GenericController<Book> {
    @GrpcAction({ request: SelfSerializer, response: ListOfSelf })
    async publish(): Promise<object> {
      return {};
    }
    @GrpcAction({
      request: NAME,
      requestName: 'MyRequest',
      response: SelfSerializer,
      messageNames: new FullNames(),
    })
    async full(): Promise<object> {
      return {};
    }
  }

  it('are made by the strategy of the module, or of the action', async () => {
    const lines = await contractOf([BookController], { messageNames: new ShortNames() });
    expect(lines.slice(0, 2)).toEqual([
      'Full(Book_Full_Request_BookFull_false_MyRequest) returns (Book_Full_Response_Book_false_)',
      'Publish(BookCall) returns (BookListReply)',
    ]);
    expect(lines).toContain('BookListReply { repeated BookReply books = 1; }');
  });
});

describe('placeholders', () => {
  const calls: PlaceholderTarget[] = [];
  const asked: string[] = [];

  class ServiceName extends Placeholder<string> {
    resolve({ service }: PlaceholderTarget) {
      return new FnPlaceholder(() => `Own${service}`);
    }
  }

  abstract class AskingController extends GenericController<Book> {
    @GrpcAction({
      request: new AttrPlaceholder<FieldList>('question'),
      requestName: new StrTemplatePlaceholder('{}Of{}', 'prefix', ({ action }) => action),
      response: SelfSerializer,
    })
    async ask(_request: object, ctx: GrpcContext) {
      return this.serialize(await this.getObject(ctx), ctx);
    }

    @GrpcAction({
      name: new FnPlaceholder((target) => {
        calls.push(target);
        return `Find${target.service}`;
      }),
      request: LookupField,
      requestName: new ServiceName(),
      response: new FnPlaceholder(() => ({ found: 'bool' })),
    })
    async find() {
      return { found: true };
    }
  }

  @GrpcController({ serializer: BookSerializer, permissions: [AllowAny] })
  class BookController extends AskingController {
    static readonly question = { id: 'int32', why: 'optional string' };
    get prefix() {
      return 'Question';
    }
  }

  @GrpcController({ serializer: BookSerializer, permissions: [AllowAny] })
  class CardController extends AskingController {
    static readonly question = {};
    static readonly prefix = 'Card';
    override getSerializer(action: string) {
      asked.push(action);
      return action === 'ask' ? BookCardSerializer : BookSerializer;
    }
  }

  it('are resolved once for each controller and each action', async () => {
    calls.length = 0;
    asked.length = 0;
    expect(await contractOf([BookController, CardController])).toEqual([
      'Ask(QuestionOfask) returns (BookResponse)',
      'FindBook(OwnBook) returns (BookFindBookResponse)',
      'Ask(CardOfask) returns (BookCardResponse)',
      'FindCard(OwnCard) returns (CardFindCardResponse)',
      'BookCardResponse { optional int32 id = 1; string title = 2; }',
      'BookFindBookResponse { bool found = 1; }',
      'BookResponse { optional int32 id = 1; string title = 2; }',
      'CardFindCardResponse { bool found = 1; }',
      'CardOfask { }',
      'OwnBook { int32 id = 1; }',
      'OwnCard { int32 id = 1; }',
      'QuestionOfask { int32 id = 1; optional string why = 2; }',
    ]);
    expect(calls).toEqual([
      { controller: BookController, service: 'Book', action: 'find', serializer: BookSerializer },
      { controller: CardController, service: 'Card', action: 'find', serializer: BookSerializer },
    ]);
    expect(asked.toSorted()).toEqual(['ask', 'find']);
  });

  it('that stand for nothing are boot errors', async () => {
    @GrpcController({ serializer: BookSerializer, permissions: [AllowAny] })
    class LostController extends AskingController {
      static readonly question = {};
    }
    expect(await problemsOf({ entities: [Book], controllers: [LostController] })).toEqual([
      'LostController.ask: a placeholder in its options fails with "the class has no "prefix": declare it as static, or as a getter".',
    ]);
  });
});

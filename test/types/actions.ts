/** What actions may take and give, by their options; compiled by `npm run typecheck`, never run. */
import {
  AddFieldPlugin,
  AttrPlaceholder,
  declareEnum,
  EnumField,
  externalMessage,
  GrpcAction,
  GrpcController,
  LookupField,
  ModelSerializer,
  ProtoSerializer,
  SelfSerializer,
  Serializer,
  type FieldList,
  type GrpcContext,
  type RequestOf,
  type ResultOf,
} from 'nestjs-socio-grpc';
import { from, type Observable } from 'rxjs';

enum Genre {
  Novel = 'novel',
  Poetry = 'poetry',
}
declareEnum(Genre, { name: 'Genre', members: { Novel: 'Prose' } });
// @ts-expect-error there is no member "Essay"
declareEnum(Genre, { name: 'Genre', members: { Essay: 'Short' } });
declareEnum(['small', 'large'], { name: 'Size', members: { large: 'Big' } });
// @ts-expect-error there is no value "huge"
declareEnum(['small', 'large'], { name: 'Size', members: { huge: 'Big' } });

class Book {
  id!: number;
  title!: string;
  listed!: boolean;
}

class Team {
  members!: string[];
}

@ModelSerializer({ model: Book })
class BookSerializer extends ProtoSerializer<Book> {}

@Serializer()
class SearchSerializer extends ProtoSerializer {
  @EnumField(Genre) genre!: Genre;
  text!: string;
}

const TEXTS: Record<string, string> = {};

@GrpcController()
export class Fitting {
  @GrpcAction({
    request: {
      id: 'int64',
      count: 'int32',
      note: 'optional string',
      tags: 'repeated string',
      data: 'bytes',
      meta: 'optional google.protobuf.Struct',
      genre: Genre,
      size: { type: ['small', 'large'], cardinality: 'optional' },
      books: { type: BookSerializer, cardinality: 'repeated' },
      year: { type: 'optional int32', description: 'Gregorian' },
    },
    response: { id: 'int64', genre: { type: Genre, cardinality: 'optional' }, ratio: 'double' },
  })
  async listed(
    request: {
      id: string;
      count: number;
      note?: string;
      tags: readonly string[];
      data: Uint8Array;
      meta?: Readonly<Record<string, unknown>>;
      genre: Genre;
      size?: 'small' | 'large';
      books: object[];
      year?: number;
    },
    _ctx: GrpcContext,
  ) {
    return { id: BigInt(request.id), genre: request.count > 1 ? Genre.Novel : null, ratio: 0.5 };
  }

  @GrpcAction({ request: { id: 'int32' }, response: BookSerializer })
  async entity({ id }: { id: number }): Promise<Book> {
    return { id, title: '', listed: true };
  }

  @GrpcAction({ request: SearchSerializer, response: BookSerializer })
  message(request: { text: string; genre: Genre }): { id: string; title: string } {
    return { id: '1', title: request.text };
  }

  @GrpcAction({ request: SearchSerializer, response: BookSerializer })
  async anything(request: object): Promise<object> {
    return request;
  }

  @GrpcAction({ request: { n: 'int32' }, response: { n: 'int32' }, requestStream: true })
  async collect(requests: AsyncIterable<{ n: number }>) {
    let n = 0;
    for await (const request of requests) n += request.n;
    return { n };
  }

  @GrpcAction({ request: { n: 'int32' }, response: { n: 'int32' }, responseStream: true })
  async *count({ n }: { n: number }) {
    yield { n };
  }

  @GrpcAction({ response: { n: 'int32' }, responseStream: true })
  observed(): Observable<{ n: number }> {
    return from([{ n: 1 }]);
  }

  @GrpcAction({
    request: { n: 'int32' },
    response: { n: 'int32' },
    requestStream: true,
    responseStream: true,
  })
  async *chat(requests: AsyncIterable<{ n: number }>) {
    yield* requests;
  }

  @GrpcAction()
  nothing() {}

  @GrpcAction({ request: LookupField, response: SelfSerializer })
  async found(_request: { id: number }): Promise<Book> {
    throw new Error();
  }

  @GrpcAction({ request: TEXTS, response: new AttrPlaceholder<FieldList>('answer') })
  async unknown(_request: { what: string; ever: number }) {
    return { any: 'thing' };
  }

  @GrpcAction({
    request: {},
    plugins: [new AddFieldPlugin('dryRun', 'bool')],
    response: 'google.protobuf.Struct',
  })
  async added(_request: { dryRun: boolean }) {
    return { dryRun: true };
  }
}

@GrpcController()
export class Unfitting {
  // @ts-expect-error an int64 comes as a text
  @GrpcAction({ request: { id: 'int64' } })
  async number(_request: { id: number }) {}

  // @ts-expect-error an optional field may be missing
  @GrpcAction({ request: { note: 'optional string' } })
  async required(_request: { note: string }) {}

  // @ts-expect-error there is no such field
  @GrpcAction({ request: { note: 'string' } })
  async misspelt(_request: { noet: string }) {}

  // @ts-expect-error "short" is no member
  @GrpcAction({ request: { genre: Genre } })
  async member(_request: { genre: 'short' }) {}

  // @ts-expect-error the answer has no title
  @GrpcAction({ response: { title: 'string' } })
  async forgetting() {
    return {};
  }

  // @ts-expect-error the title is a text
  @GrpcAction({ response: { title: 'string' } })
  async wrong() {
    return { title: 5 };
  }

  // @ts-expect-error it answers nothing
  @GrpcAction({ response: { title: 'optional string' } })
  async silent() {}

  // @ts-expect-error a team is no book
  @GrpcAction({ response: BookSerializer })
  async stranger(): Promise<Team> {
    return new Team();
  }

  // @ts-expect-error "listed" is no text
  @GrpcAction({ response: BookSerializer })
  async mistyped() {
    return { listed: 'yes' };
  }

  // @ts-expect-error requests come one by one
  @GrpcAction({ request: { n: 'int32' }, response: { n: 'int32' }, requestStream: true })
  async single(request: { n: number }) {
    return request;
  }

  // @ts-expect-error one answer is no stream
  @GrpcAction({ response: { n: 'int32' }, responseStream: true })
  async one() {
    return { n: 1 };
  }

  // @ts-expect-error a stream is no single answer
  @GrpcAction({ response: { n: 'int32' } })
  async *many() {
    yield { n: 1 };
  }
}

const options = { request: { id: 'string', note: 'optional string' }, response: { ok: 'bool' } } as const;

/** The types have names. */
export class Named {
  @GrpcAction(options)
  async act(request: RequestOf<typeof options>): Promise<ResultOf<typeof options>> {
    return { ok: request.note === request.id };
  }
}

interface Money {
  units: string;
}
const Money = externalMessage<Money>('google.type.Money', { file: 'google/type/money.proto' });

@GrpcController()
export class WithForeignMessages {
  @GrpcAction({ request: Money, response: Money })
  async same(money: Money): Promise<Money> {
    return money;
  }

  @GrpcAction({
    request: {
      one: Money,
      many: Money.list,
      more: { type: Money, cardinality: 'repeated' },
      by: Money.mapBy('int32'),
    },
    response: { one: Money, many: Money.list, by: Money.mapBy('string') },
  })
  async listed({
    one,
    many,
    more,
    by,
  }: {
    one?: Money;
    many: Money[];
    more: Money[];
    by: Record<string, Money>;
  }) {
    return { one: one ?? null, many: [...many, ...more], by };
  }

  @GrpcAction({ request: {}, response: { one: Money, many: Money.list } })
  async partly() {
    return { many: [] };
  }

  // @ts-expect-error the units of Money are a text
  @GrpcAction({ response: Money })
  async wrong() {
    return { units: 1 };
  }

  // @ts-expect-error it may be missing
  @GrpcAction({ request: { one: Money } })
  async missing(_request: { one: Money }) {
    return undefined;
  }
}

/** What is called. Requests are made once and sent again and again. */
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { COMMENTS } from './domain/seed.js';

export interface Case {
  readonly name: string;
  readonly title: string;
  /** `/bench.PostController/List` */
  readonly path: string;
  readonly requests: readonly Buffer[];
  /** Whether each request has one answer, whoever gives it and however often it is asked. */
  readonly repeatable: boolean;
  /** Whether it needs a database; else it is measured once. */
  readonly database: boolean;
  /** An answer in the one way to write it: proto-loader's protobufjs 7 writes zeros that proto3 leaves out. */
  readonly canonical: (answer: Buffer) => Buffer;
  /** Ratios to reach: against the hand-written controller, against raw grpc-js; by database where they differ. */
  readonly targets: Targets;
}

type Ratio = number | undefined;
export type Targets = Readonly<Record<'sqlite' | 'postgres', readonly [nest: Ratio, raw: Ratio]>>;

export interface StreamCase {
  readonly path: string;
  readonly request: Buffer;
}

const PAGES = 10;

export async function loadCases(protoDir: string, posts: number): Promise<readonly Case[]> {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    target.startsWith('google/') ? target : join(protoDir, 'bench/bench.proto');
  await root.load('bench.proto', { keepCase: true });
  const encode = (type: string, message: object): Buffer => {
    const found = root.lookupType(`bench.${type}`);
    return Buffer.from(found.encode(found.fromObject(message)).finish());
  };
  const rewrite =
    (type: string) =>
    (answer: Buffer): Buffer => {
      const found = root.lookupType(`bench.${type}`);
      return Buffer.from(found.encode(found.decode(answer)).finish());
    };
  const pages = (type: string, size: number): Buffer[] =>
    Array.from({ length: PAGES }, (_page, index) =>
      encode(type, {
        _filters: struct({ pinned: false, views__gte: 7 }),
        _pagination: struct({ page: index + 1, page_size: size }),
      }),
    );
  const some = Array.from({ length: 1000 }, (_request, index) => ((index * 37) % posts) + 1);
  return [
    {
      name: 'retrieve',
      title: 'Retrieve',
      path: '/bench.PostController/Retrieve',
      canonical: rewrite('PostResponse'),
      requests: some.map((id) => encode('PostRetrieveRequest', { id })),
      repeatable: true,
      database: true,
      targets: { sqlite: [1.3, 0.75], postgres: [1.3, 0.85] },
    },
    {
      name: 'list-100',
      title: 'List of 100',
      path: '/bench.PostController/List',
      canonical: rewrite('PostListResponse'),
      requests: pages('PostListRequest', 100),
      repeatable: true,
      database: true,
      targets: { sqlite: [1.9, 0.9], postgres: [1.5, 0.85] },
    },
    {
      name: 'list-1000',
      title: 'List of 1,000',
      path: '/bench.PostController/List',
      canonical: rewrite('PostListResponse'),
      requests: pages('PostListRequest', 1000).slice(0, 5),
      repeatable: true,
      database: true,
      targets: { sqlite: [2, 0.95], postgres: [undefined, undefined] },
    },
    {
      name: 'nested',
      title: `List of 100, each with its author and ${COMMENTS} comments`,
      path: '/bench.NestedPostController/List',
      canonical: rewrite('NestedPostListResponse'),
      requests: pages('NestedPostListRequest', 100),
      repeatable: true,
      database: true,
      targets: { sqlite: [2.5, undefined], postgres: [2.5, undefined] },
    },
    {
      name: 'create',
      title: 'Create',
      path: '/bench.PostController/Create',
      canonical: rewrite('PostResponse'),
      requests: some.map((index) => encode('PostRequest', newPost(index))),
      repeatable: false,
      database: true,
      targets: { sqlite: [1.3, 0.6], postgres: [1.3, 0.6] },
    },
    {
      name: 'partial-update',
      title: 'PartialUpdate',
      path: '/bench.PostController/PartialUpdate',
      canonical: rewrite('PostResponse'),
      requests: some.map((id) =>
        encode('PostPartialUpdateRequest', {
          id,
          headline: `A new headline of ${id}`,
          views: id * 7,
          content: 'not listed, so not written',
          _partial_update_fields: ['headline', 'views'],
        }),
      ),
      repeatable: true,
      database: true,
      targets: { sqlite: [undefined, undefined], postgres: [undefined, undefined] },
    },
    {
      name: 'sum',
      title: 'A custom unary action without database',
      path: '/bench.SumController/Add',
      canonical: rewrite('SumAddResponse'),
      requests: some.map((a) => encode('SumAddRequest', { a, b: 1 })),
      repeatable: true,
      database: false,
      targets: { sqlite: [0.95, 0.8], postgres: [undefined, undefined] },
    },
  ];
}

export const STREAM: StreamCase = { path: '/bench.ReadingController/Stream', request: Buffer.alloc(0) };

function newPost(index: number): object {
  return {
    headline: `A headline of ${index}`,
    ...(index % 3 !== 0 && { subtitle: `A subtitle of ${index}` }),
    content: `Some content of the post, long enough to be a sentence or two, number ${index}`,
    rating: (index % 50) / 10,
    views: index * 7,
    pinned: index % 10 === 0,
    published_at: new Date(Date.UTC(2026, 0, 1, 0, 0, index, index % 1000)).toISOString(),
    author: (index % 200) + 1,
  };
}

function struct(values: Readonly<Record<string, boolean | number>>): object {
  const fields = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'boolean' ? { boolValue: value } : { numberValue: value },
  ]);
  return { fields: Object.fromEntries(fields) as object };
}

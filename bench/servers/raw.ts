/**
 * As little as can be between socket and database: grpc-js with encoders of protobufjs that give Buffers, prepared
 * statements, rows as arrays. No framework, nobody is asked who calls, nothing is validated or logged.
 */
import { join } from 'node:path';
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { parametersOf, type ListRequest } from './list-request.js';
import { openDatabase, type Database, type Row } from './raw-database.js';
import { serve } from './serve.js';

type Request = Readonly<Record<string, unknown>>;
type Encode = (message: object) => Buffer;

interface Codec {
  readonly decode: (bytes: Buffer) => Request;
  readonly encode: Encode;
}

await serve(async ({ database: options, protoDir, poolSize }, watch) => {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    target.startsWith('google/') ? target : join(protoDir, 'bench/bench.proto');
  await root.load('bench.proto', { keepCase: true });
  const database = openDatabase(options, poolSize, (sql) => watch.record(sql));
  const server = new Server();

  const codec = (request: string, response: string): Codec => {
    const input = root.lookupType(`bench.${request}`);
    const output = root.lookupType(`bench.${response}`);
    return {
      decode: (bytes) => input.decode(bytes) as unknown as Request,
      encode: (message) => output.encode(message).finish() as Buffer,
    };
  };
  const unary = (
    path: string,
    { decode, encode }: Codec,
    handle: (request: Request) => Promise<object> | object,
  ): void => {
    const handler = async (
      call: ServerUnaryCall<Buffer, Buffer>,
      done: sendUnaryData<Buffer>,
    ): Promise<void> => {
      try {
        done(null, encode(await handle(decode(call.request))));
      } catch (error) {
        done(error as Error & { code: number });
      }
    };
    server.register(`/bench.${path}`, handler, identity, identity, 'unary');
  };

  unary('PostController/Retrieve', codec('PostRetrieveRequest', 'PostResponse'), async ({ id }) =>
    found(await database.post(id as number)),
  );
  unary('PostController/List', codec('PostListRequest', 'PostListResponse'), async (request) => ({
    results: (await database.posts(parametersOf(request as ListRequest))).map(postOf),
  }));
  unary('NestedPostController/List', codec('NestedPostListRequest', 'NestedPostListResponse'), (request) =>
    nestedPosts(database, request as ListRequest),
  );
  unary('PostController/Create', codec('PostRequest', 'PostResponse'), async (request) =>
    found(await database.createPost(request)),
  );
  unary('PostController/PartialUpdate', codec('PostPartialUpdateRequest', 'PostResponse'), async (request) =>
    found(await database.updatePost(request)),
  );
  unary('SumController/Add', codec('SumAddRequest', 'SumAddResponse'), ({ a, b }) => ({
    sum: (a as number) + (b as number),
  }));
  const { encode } = codec('ReadingStreamRequest', 'ReadingResponse');
  server.register(
    '/bench.ReadingController/Stream',
    (call: ServerWritableStream<Buffer, Buffer>) => void stream(call, database, encode),
    identity,
    identity,
    'serverStream',
  );
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
});

function identity(bytes: Buffer): Buffer {
  return bytes;
}

function postOf(row: Row): object {
  const message: Record<string, unknown> = {
    id: row[0],
    headline: row[1],
    content: row[3],
    rating: row[4],
    views: row[5],
    pinned: row[6],
    published_at: row[7],
    author: row[8],
  };
  if (row[2] !== null) message['subtitle'] = row[2];
  return message;
}

function found(row: Row | undefined): object {
  if (!row) throw Object.assign(new Error('not found'), { code: status.NOT_FOUND });
  return postOf(row);
}

async function nestedPosts(database: Database, request: ListRequest): Promise<object> {
  const rows = await database.nestedPosts(parametersOf(request));
  const comments = new Map<unknown, object[]>(rows.map((row) => [row[0], []]));
  for (const [postId, id, text] of await database.comments([...comments.keys()]))
    comments.get(postId)?.push({ id, text });
  return {
    results: rows.map((row) =>
      Object.assign(postOf(row), {
        author: { id: row[8], name: row[9], country: row[10] },
        comments: comments.get(row[0]),
      }),
    ),
  };
}

/** Rows of one statement of a stream. */
const CHUNK = 500;

async function stream(
  call: ServerWritableStream<Buffer, Buffer>,
  database: Database,
  encode: Encode,
): Promise<void> {
  let last = 0;
  for (;;) {
    const rows = await database.readings(last, CHUNK);
    for (const [id, sensor, value, valid, taken_at] of rows) {
      if (call.cancelled) return;
      if (!call.write(encode({ id, sensor, value, valid, taken_at }))) await drained(call);
    }
    last = (rows.at(-1)?.[0] as number | undefined) ?? last;
    if (rows.length < CHUNK) break;
  }
  call.end();
}

function drained(call: ServerWritableStream<Buffer, Buffer>): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      call.off('drain', go);
      call.off('cancelled', go);
      resolve();
    };
    call.on('drain', go);
    call.on('cancelled', go);
  });
}

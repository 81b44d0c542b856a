import { status as Status, type Metadata, type ServiceError } from '@grpc/grpc-js';
import type { INestApplication, INestMicroservice } from '@nestjs/common';
import type { CompiledContract } from '../boot/contract-compiler.js';
import { SocioGrpcServer } from '../boot/socio-grpc-server.js';
import type { BoundMethod } from '../server/bound-method.js';
import { InProcessCall, type CallOptions } from './in-process-call.js';

/** A message of a test: properties in camelCase, as actions see them. */
export type TestMessage = Readonly<Record<string, unknown>>;

/** A failed call, as grpc-js reports it. */
export class GrpcTestingError extends Error implements ServiceError {
  override readonly name = 'GrpcTestingError';

  constructor(
    readonly code: Status,
    readonly details: string,
    readonly metadata: Metadata,
  ) {
    super(`${code} ${Status[code]}: ${details}`);
  }
}

/**
 * Calls an application without a port: the full pipeline, real encoding, all four kinds of calls. Methods are
 * named `PostController/List`; `shop.v2.PostController/List` where more than one package has it.
 */
export class GrpcTestingClient {
  private readonly methods: ReadonlyMap<string, BoundMethod>;

  /** @internal */
  constructor(
    private readonly server: SocioGrpcServer,
    private readonly contract: CompiledContract,
  ) {
    this.methods = new Map(contract.methods.map((method) => [method.target.path, method]));
  }

  /** One request, one answer. */
  async unary(method: string, request: TestMessage = {}, options: CallOptions = {}): Promise<TestMessage> {
    return only(this.messages(method, request, options));
  }

  /** One request, many answers. */
  serverStream(
    method: string,
    request: TestMessage = {},
    options: CallOptions = {},
  ): AsyncIterable<TestMessage> {
    return this.messages(method, request, options);
  }

  /** Many requests, one answer. */
  async clientStream(
    method: string,
    requests: Iterable<TestMessage> | AsyncIterable<TestMessage>,
    options: CallOptions = {},
  ): Promise<TestMessage> {
    return only(this.messages(method, requests, options));
  }

  /** Many requests, many answers, at the same time. */
  bidi(
    method: string,
    requests: Iterable<TestMessage> | AsyncIterable<TestMessage>,
    options: CallOptions = {},
  ): AsyncIterable<TestMessage> {
    return this.messages(method, requests, options);
  }

  /**
   * A call in bytes, with its headers and status to look at.
   *
   * @throws Error when there is no such method
   */
  invoke(
    method: string,
    requests: Uint8Array | AsyncIterable<Uint8Array>,
    options: CallOptions = {},
  ): InProcessCall {
    return new InProcessCall(this.server.dispatcher, this.find(method), requests, options);
  }

  private async *messages(
    method: string,
    request: TestMessage | Iterable<TestMessage> | AsyncIterable<TestMessage>,
    options: CallOptions,
  ): AsyncGenerator<TestMessage, void, undefined> {
    const bound = this.find(method);
    const { descriptor } = bound;
    const codecs = this.contract.codecsOf(bound);
    const codec = codecs.get(descriptor.request);
    const requests = descriptor.requestStream
      ? encodeAll(request as AsyncIterable<TestMessage>, (message) => codec.encode(message))
      : codec.encode(request as TestMessage);
    const call = this.invoke(method, requests, options);
    for await (const bytes of call) yield codecs.get(descriptor.response).decode(bytes);
    const { code, details, metadata } = await call.status;
    if (code !== Status.OK) throw new GrpcTestingError(code, details, metadata);
  }

  private find(method: string): BoundMethod {
    const path = method.startsWith('/') ? method : `/${method}`;
    const paths = [...this.methods.keys()];
    const matches = this.methods.has(path)
      ? [path]
      : paths.filter((each) => each.endsWith(`.${path.slice(1)}`));
    const [found, ...others] = matches;
    if (found === undefined)
      throw new Error(`There is no method "${method}". Expected one of: ${paths.join(', ')}.`);
    if (others.length > 0)
      throw new Error(`There are several methods "${method}". Name one: ${matches.join(', ')}.`);
    return this.methods.get(found) as BoundMethod;
  }
}

/**
 * A client for tests. The application is initialised if need be; it listens nowhere.
 *
 * @example
 * const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
 * const app = module.createNestMicroservice(socioGrpc());
 * const client = await createGrpcTestingClient(app);
 * const post = await client.unary('PostController/Create', { headline: 'Hello', content: 'World', user: 1 });
 */
export async function createGrpcTestingClient(
  app: INestMicroservice | INestApplication,
): Promise<GrpcTestingClient> {
  if ('init' in app) await app.init();
  const server = app.get(SocioGrpcServer, { strict: false });
  return new GrpcTestingClient(server, await server.compile());
}

async function* encodeAll(
  messages: Iterable<TestMessage> | AsyncIterable<TestMessage>,
  encode: (message: TestMessage) => Buffer,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const message of messages) yield encode(message);
}

async function only(messages: AsyncIterable<TestMessage>): Promise<TestMessage> {
  let last: TestMessage | undefined;
  for await (const message of messages) last = message;
  if (!last) throw new Error('the call gave no answer');
  return last;
}

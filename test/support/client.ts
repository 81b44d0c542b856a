/**
 * Clients for tests, made by somebody else's code (proto-loader, grpc-js) from the file that we wrote. The same
 * calls go through both front doors: a socket, and the in-process client as a mere carrier of bytes.
 */
import {
  Client,
  credentials,
  Metadata,
  type ChannelCredentials,
  type MethodDefinition,
  type StatusObject,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createGrpcTestingClient, type CallOptions } from 'nestjs-socio-grpc/testing';
import type { TestApp } from './boot-app.js';
import { assertNoSecret, assertNoSecretInFile } from './secret.js';

export const DOORS = ['socket', 'in-process'] as const;
export type DoorName = (typeof DOORS)[number];

// oxlint-disable-next-line typescript/no-explicit-any -- what proto-loader gives has no type of its own
export type AnyMessage = any;
type Definition = MethodDefinition<AnyMessage, AnyMessage>;

export interface RawAnswer {
  readonly messages: readonly Buffer[];
  readonly status: StatusObject;
  readonly headers: Metadata;
}

interface Door {
  call(
    path: string,
    definition: Definition,
    requests: readonly Buffer[],
    options: CallOptions,
  ): Promise<RawAnswer>;
  close(): void;
}

export interface Answer {
  readonly code: number;
  readonly details: string;
  /** The first message, if any. */
  readonly message: AnyMessage;
  readonly messages: readonly AnyMessage[];
  readonly headers: Metadata;
  readonly trailers: Metadata;
}

export class ProtoClient {
  private readonly definitions = new Map<string, Definition>();

  constructor(
    protoFile: string,
    private readonly door: Door,
    includeDirs: readonly string[] = [],
  ) {
    assertNoSecretInFile(protoFile);
    const loaded = loadSync(protoFile, {
      includeDirs: [...includeDirs],
      longs: String,
      enums: String,
      defaults: true,
      oneofs: true,
    });
    for (const [name, service] of Object.entries(loaded)) {
      if ('format' in service) continue;
      for (const definition of Object.values(service as Record<string, Definition>)) {
        this.definitions.set(definition.path, definition);
        this.definitions.set(`${name.split('.').at(-1)}/${definition.path.split('/').at(-1)}`, definition);
      }
    }
  }

  /** Calls a method and waits for its end. Never rejects: a failure is an answer with a code. */
  async call(
    method: string,
    request: AnyMessage | readonly AnyMessage[] = {},
    options: CallOptions = {},
  ): Promise<Answer> {
    const definition = this.find(method);
    const requests = (Array.isArray(request) ? request : [request]).map((each) =>
      definition.requestSerialize(each),
    );
    return this.decoded(definition, await this.send(definition, requests, options));
  }

  /** Sends bytes as they are. */
  async callWithBytes(method: string, bytes: Buffer, options: CallOptions = {}): Promise<Answer> {
    const definition = this.find(method);
    return this.decoded(definition, await this.send(definition, [bytes], options));
  }

  /** The message of a call that must succeed. */
  async get(method: string, request: AnyMessage = {}, options: CallOptions = {}): Promise<AnyMessage> {
    const answer = await this.call(method, request, options);
    if (answer.code !== 0) throw new Error(`${method}: ${answer.code} ${answer.details}`);
    return answer.message;
  }

  /** The messages of a call that must succeed, as they were on the wire. */
  async bytes(method: string, request: AnyMessage = {}): Promise<readonly Buffer[]> {
    const definition = this.find(method);
    const requests = [definition.requestSerialize(request)];
    const { status, messages } = await this.send(definition, requests, {});
    if (status.code !== 0) throw new Error(`${method}: ${status.code} ${status.details}`);
    return messages;
  }

  encode(method: string, request: AnyMessage): Buffer {
    return this.find(method).requestSerialize(request);
  }

  close(): void {
    this.door.close();
  }

  private async send(
    definition: Definition,
    requests: readonly Buffer[],
    options: CallOptions,
  ): Promise<RawAnswer> {
    const answer = await this.door.call(definition.path, definition, requests, options);
    const { details, metadata } = answer.status;
    const trailers = Object.values(metadata.getMap());
    assertNoSecret(definition.path, ...answer.messages, details, ...trailers);
    return answer;
  }

  private find(method: string): Definition {
    const found = this.definitions.get(method);
    if (!found) throw new Error(`no method ${method} in ${[...this.definitions.keys()].join(', ')}`);
    return found;
  }

  private decoded(definition: Definition, raw: RawAnswer): Answer {
    const messages = raw.messages.map((bytes) => definition.responseDeserialize(bytes));
    const { code, details, metadata } = raw.status;
    return { code, details, messages, message: messages[0], headers: raw.headers, trailers: metadata };
  }
}

/**
 * A client of a running app through one of its front doors.
 *
 * @param file of the package that is meant, where there are several, and the folders of what it imports
 */
export async function connectClient(
  app: TestApp,
  door: DoorName = 'socket',
  { protoFile = app.protoFile, includeDirs = [app.protoDir] } = {},
): Promise<ProtoClient> {
  return new ProtoClient(
    protoFile,
    door === 'socket' ? socketDoor(app.address) : await inProcessDoor(app),
    includeDirs,
  );
}

/** A client of any server that speaks the given file. */
export function connectTo(
  address: string,
  protoFile: string,
  channel: ChannelCredentials = credentials.createInsecure(),
): ProtoClient {
  return new ProtoClient(protoFile, socketDoor(address, channel));
}

const identity = (bytes: Buffer): Buffer => bytes;

export function socketDoor(
  address: string,
  channel: ChannelCredentials = credentials.createInsecure(),
): Door {
  const client = new Client(address, channel);
  return {
    close: () => client.close(),
    call: (path, definition, requests, { metadata, deadline, signal }) =>
      new Promise((resolve) => {
        const call = client.makeBidiStreamRequest(
          path,
          identity,
          identity,
          toMetadata(metadata),
          deadline ? { deadline } : {},
        );
        const messages: Buffer[] = [];
        let headers = new Metadata();
        call.on('metadata', (received: Metadata) => (headers = received));
        call.on('data', (bytes: Buffer) => messages.push(bytes));
        // The status event carries the same news.
        call.on('error', () => undefined);
        call.on('status', (status: StatusObject) => resolve({ messages, status, headers }));
        signal?.addEventListener('abort', () => call.cancel());
        if (signal?.aborted) call.cancel();
        for (const request of requests) call.write(request);
        call.end();
        void definition;
      }),
  };
}

async function inProcessDoor(app: TestApp): Promise<Door> {
  const client = await createGrpcTestingClient(app.app);
  return {
    close: () => undefined,
    call: async (path, definition, requests, options) => {
      const call = client.invoke(
        path,
        definition.requestStream ? each(requests) : (requests[0] as Buffer),
        options,
      );
      const messages: Buffer[] = [];
      for await (const bytes of call) messages.push(bytes);
      return { messages, status: await call.status, headers: await call.headers };
    },
  };
}

async function* each(requests: readonly Buffer[]): AsyncGenerator<Buffer, void, undefined> {
  yield* requests;
}

function toMetadata(given: CallOptions['metadata']): Metadata {
  if (given instanceof Metadata) return given;
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(given ?? {})) metadata.set(key, value);
  return metadata;
}

/** The front door on a port: grpc-js, which carries bytes and nothing else. */
import type { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { PeerCertificate } from 'node:tls';
import {
  Metadata,
  Server,
  type ServerCredentials,
  type ChannelOptions,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type { GrpcStatus } from '../errors/grpc-status.js';
import type { BoundMethod } from './bound-method.js';
import type { Answer, Dispatcher, IncomingCall } from './dispatcher.js';

type Bytes = Buffer;
type SingleAnswerCall = ServerUnaryCall<Bytes, Bytes> | ServerReadableStream<Bytes, Bytes>;
type StreamAnswerCall = ServerWritableStream<Bytes, Bytes> | ServerDuplexStream<Bytes, Bytes>;
type AnyCall = SingleAnswerCall | StreamAnswerCall;

const identity = (bytes: Buffer): Buffer => bytes;

export class GrpcFrontDoor {
  private readonly server: Server;

  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly credentials: ServerCredentials,
    options: ChannelOptions,
  ) {
    this.server = new Server(options);
  }

  /** All methods are known before the port is bound: no early call finds a service missing. */
  register(methods: Iterable<BoundMethod>): void {
    for (const method of methods) {
      const { requestStream, responseStream } = method.descriptor;
      const type = responseStream
        ? requestStream
          ? ('bidi' as const)
          : ('serverStream' as const)
        : requestStream
          ? ('clientStream' as const)
          : ('unary' as const);
      const handler = responseStream ? this.streamHandler(method) : this.singleHandler(method);
      // grpc-js types the handler of each kind apart; which one it is follows from the same two flags.
      this.server.register(
        method.target.path,
        handler as handleUnaryCall<Bytes, Bytes>,
        identity,
        identity,
        type,
      );
    }
  }

  /** @returns the bound port; 0 for a unix socket */
  listen(url: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync(url, this.credentials, (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  /** Lets running calls end within `grace` milliseconds, then ends them. */
  async close(grace: number): Promise<void> {
    const timer = setTimeout(() => this.server.forceShutdown(), grace);
    await new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  }

  /** The grpc-js server itself. */
  unwrap(): Server {
    return this.server;
  }

  private singleHandler(method: BoundMethod) {
    return (call: SingleAnswerCall, done: sendUnaryData<Bytes>): void =>
      this.dispatcher.dispatch(method, new GrpcJsCall(call), new SingleAnswer(call, done));
  }

  private streamHandler(method: BoundMethod): handleServerStreamingCall<Bytes, Bytes> {
    return (call: StreamAnswerCall) =>
      this.dispatcher.dispatch(method, new GrpcJsCall(call), streamAnswer(call));
  }
}

class SingleAnswer implements Answer {
  private message: Bytes | undefined;

  constructor(
    private readonly call: SingleAnswerCall,
    private readonly done: sendUnaryData<Bytes>,
  ) {}

  headers(metadata: Metadata): void {
    sendHeaders(this.call, metadata);
  }

  write(message: Bytes): undefined {
    this.message = message;
  }

  close(status: GrpcStatus, trailers: Metadata | undefined): void {
    if (status.code === 0) this.done(null, this.message, trailers);
    else this.done(failure(status, trailers));
  }
}

function streamAnswer(call: StreamAnswerCall): Answer {
  return {
    headers: (metadata) => sendHeaders(call, metadata),
    write: (bytes) => {
      if (call.write(bytes) || call.cancelled) return undefined;
      return new Promise<void>((resolve) => {
        const go = (): void => {
          call.off('drain', go);
          call.off('cancelled', go);
          call.off('close', go);
          resolve();
        };
        call.on('drain', go);
        call.on('cancelled', go);
        call.on('close', go);
      });
    },
    close: (status, trailers) => {
      if (status.code === 0) call.end(trailers);
      else call.emit('error', failure(status, trailers));
    },
  };
}

/** What grpc-js knows of a call. */
class GrpcJsCall implements IncomingCall {
  readonly metadata: Metadata;
  /** Asked for while the connection is there: the log tells it of callers that left, too. */
  readonly peer: string;

  constructor(private readonly call: AnyCall) {
    this.metadata = call.metadata;
    this.peer = call.getPeer();
  }

  get certificate(): PeerCertificate | undefined {
    return this.call.getAuthContext().sslPeerCertificate;
  }

  get deadline(): Date | undefined {
    const deadline = this.call.getDeadline();
    return deadline === Infinity ? undefined : new Date(deadline);
  }

  get requests(): IncomingCall['requests'] {
    const { call } = this;
    return 'request' in call
      ? (call.request as Uint8Array)
      : requestsOf(call as ServerDuplexStream<Bytes, Bytes>);
  }

  onCancel(listener: () => void): void {
    // The four kinds of calls are one emitter to us; their types share no common signature of `on`.
    (this.call as EventEmitter).on('cancelled', listener);
    if (this.call.cancelled) listener();
  }
}

/**
 * How long the end of the requests waits for the word that the call is cancelled, in milliseconds. Clients on Node send
 * both, the end first: without the wait an action would take half an upload for a whole one.
 */
const LAST_WORD = 2;

/** Without `destroyOnReturn: false` the end of the requests would destroy a call that still has to answer. */
async function* requestsOf(call: ServerDuplexStream<Bytes, Bytes>): AsyncGenerator<Bytes, void, undefined> {
  for await (const bytes of call.iterator({ destroyOnReturn: false })) yield bytes as Bytes;
  await wait(LAST_WORD);
}

function sendHeaders(call: AnyCall, metadata: Metadata): void {
  if (Object.keys(metadata.getMap()).length > 0) call.sendMetadata(metadata);
}

function failure(status: GrpcStatus, trailers = new Metadata()) {
  if (status.details) trailers.set('grpc-status-details-bin', status.details);
  return {
    name: 'GrpcStatus',
    code: status.code,
    message: status.message,
    details: status.message,
    metadata: trailers,
  };
}

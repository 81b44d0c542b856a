/** Calls as grpc-js hands them to its handlers. */
import type { EventEmitter } from 'node:events';
import type { PeerCertificate } from 'node:tls';
import {
  status as Status,
  type Metadata,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type { GrpcStatus } from '../errors/grpc-status.js';
import type { Answer, IncomingCall } from './dispatcher.js';
import type { LastWords } from './last-words.js';
import { isEmpty, statusObject } from './status-object.js';

/** Of one answer, whatever comes before it. */
export type SingleAnswerStream = ServerUnaryCall<Buffer, Buffer> | ServerReadableStream<Buffer, Buffer>;
export type AnswerStream = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

abstract class GrpcJsCall<Call extends SingleAnswerStream | AnswerStream> implements IncomingCall, Answer {
  readonly metadata: Metadata;
  /** Asked for while the connection is there: the log tells it of callers that left, too. */
  readonly peer: string;
  private cancelListener: (() => void) | undefined;

  constructor(
    protected readonly call: Call,
    private readonly lastWords: LastWords,
  ) {
    this.metadata = call.metadata;
    this.peer = call.getPeer();
  }

  get certificate(): PeerCertificate | undefined {
    return this.call.getAuthContext().sslPeerCertificate;
  }

  get due(): number {
    return Number(this.call.getDeadline());
  }

  get requests(): IncomingCall['requests'] {
    const call: SingleAnswerStream | AnswerStream = this.call;
    return 'request' in call ? call.request : requestsOf(call, this.lastWords);
  }

  whenCancelled(listener: () => void): void {
    this.cancelListener = listener;
    // The kinds of calls are one emitter to us; their types share no common signature of `on`.
    (this.call as EventEmitter).on('cancelled', () => this.cancelListener?.());
    if (this.call.cancelled) listener();
  }

  headers(metadata: Metadata): void {
    if (!isEmpty(metadata)) this.call.sendMetadata(metadata);
  }

  abstract write(message: Buffer): Promise<void> | undefined;

  /** As of unary calls, nothing of the application should hang on a stream of Node that is over. */
  close(_status: GrpcStatus, _trailers: Metadata | undefined): void {
    this.cancelListener = undefined;
  }
}

/** One request or many, one answer. */
export class SingleAnswerCall extends GrpcJsCall<SingleAnswerStream> {
  private message: Buffer | undefined;

  constructor(
    call: SingleAnswerStream,
    lastWords: LastWords,
    private readonly done: sendUnaryData<Buffer>,
  ) {
    super(call, lastWords);
  }

  override write(message: Buffer): undefined {
    this.message = message;
  }

  override close(status: GrpcStatus, trailers: Metadata | undefined): void {
    super.close(status, trailers);
    if (status.code === Status.OK) this.done(null, this.message, trailers);
    else this.done(failure(status, trailers));
  }
}

/** One request or many, many answers. */
export class AnswerStreamCall extends GrpcJsCall<AnswerStream> {
  override write(message: Buffer): Promise<void> | undefined {
    const { call } = this;
    if (call.write(message) || call.cancelled) return undefined;
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
  }

  override close(status: GrpcStatus, trailers: Metadata | undefined): void {
    super.close(status, trailers);
    if (status.code === Status.OK) this.call.end(trailers);
    else this.call.emit('error', failure(status, trailers));
  }
}

/** Without `destroyOnReturn: false` the end of the requests would destroy a call that still has to answer. */
async function* requestsOf(
  call: ServerReadableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  lastWords: LastWords,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const bytes of call.iterator({ destroyOnReturn: false })) yield bytes as Buffer;
  await lastWords.of(call);
}

/** As grpc-js's handlers tell of errors. */
function failure(status: GrpcStatus, trailers: Metadata | undefined) {
  return { name: 'GrpcStatus', message: status.message, ...statusObject(status, trailers) };
}

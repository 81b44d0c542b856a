/**
 * A unary call as grpc-js's interceptors see it. What its handlers get is a stream with all that belongs to one, made for
 * a single message each way.
 */
import type { PeerCertificate } from 'node:tls';
import { status as Status, type Metadata, type ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { GrpcStatus } from '../errors/grpc-status.js';
import type { BoundMethod } from './bound-method.js';
import type { Answer, Dispatcher, IncomingCall } from './dispatcher.js';
import { isEmpty, statusObject } from './status-object.js';

type Listener = Parameters<ServerInterceptingCallInterface['start']>[0];
type ConnectionInfo = ReturnType<ServerInterceptingCallInterface['getConnectionInfo']>;

/** One object for all that takes part in a call: it hears of requests, tells of the call, and takes its answer. */
export class UnaryCall implements Listener, IncomingCall, Answer {
  metadata!: Metadata;
  /** Asked for at once: the log tells it of callers that left, too. */
  private readonly connection: ConnectionInfo;
  /** Until grpc-js is done with it: the log, which comes after the answer, may ask for the caller's certificate. */
  private call: ServerInterceptingCallInterface | undefined;
  private request: Buffer | undefined;
  private message: Buffer | undefined;
  private isCancelled = false;
  private isAnswered = false;
  private cancelListener: (() => void) | undefined;

  constructor(
    call: ServerInterceptingCallInterface,
    private readonly method: BoundMethod,
    private readonly dispatcher: Dispatcher,
  ) {
    this.call = call;
    this.connection = call.getConnectionInfo();
  }

  /** Whoever grpc-js would let handle the call hears nothing of it. */
  start(): void {
    this.call?.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.metadata = metadata;
    this.call?.startRead();
  }

  onReceiveMessage(message: Buffer): void {
    if (this.request) {
      this.refuse('a second request message for a method that takes one');
      return;
    }
    this.request = message;
    this.call?.startRead();
  }

  onReceiveHalfClose(): void {
    const { call } = this;
    if (!this.request) {
      this.refuse('no request message for a method that takes one');
      return;
    }
    try {
      this.dispatcher.dispatch(this.method, this, this);
    } catch {
      // An answer that cannot be sent as it is, such as metadata that Node refuses. As grpc-js answers for its handlers.
      call?.sendStatus({ code: Status.UNKNOWN, details: 'Unknown error', metadata: null });
    }
  }

  /** Also told of calls that have their answer, once it is sent. */
  onCancel(): void {
    this.isCancelled = true;
    this.cancelListener?.();
    if (this.isAnswered) this.call = undefined;
  }

  get requests(): Buffer {
    return this.request as Buffer;
  }

  get peer(): string {
    const { remoteAddress, remotePort } = this.connection;
    if (!remoteAddress) return 'unknown';
    return remotePort ? `${remoteAddress}:${remotePort}` : remoteAddress;
  }

  get certificate(): PeerCertificate | undefined {
    return this.call?.getAuthContext().sslPeerCertificate;
  }

  get due(): number {
    return Number(this.call?.getDeadline());
  }

  whenCancelled(listener: () => void): void {
    if (this.isCancelled) listener();
    else this.cancelListener = listener;
  }

  headers(metadata: Metadata): void {
    if (!isEmpty(metadata)) this.call?.sendMetadata(metadata);
  }

  write(message: Buffer): undefined {
    this.message = message;
  }

  close(status: GrpcStatus, trailers: Metadata | undefined): void {
    const { call, message } = this;
    this.release();
    if (status.code !== Status.OK) call?.sendStatus(statusObject(status, trailers));
    else
      call?.sendMessage(message, () =>
        call.sendStatus({ code: Status.OK, details: 'OK', metadata: trailers ?? null }),
      );
  }

  /**
   * Streams of Node's HTTP/2 sessions can live until the next full garbage collection, and with them all that hangs on
   * them: nothing of the application should, nor what grpc-js has of a call on what it has of its handler.
   */
  private release(): void {
    // Nobody will tell once more of a call that was cancelled before it began.
    if (!this.cancelListener) this.call = undefined;
    this.isAnswered = true;
    this.cancelListener = undefined;
    this.request = undefined;
    this.message = undefined;
  }

  private refuse(received: string): void {
    this.call?.sendStatus({ code: Status.UNIMPLEMENTED, details: `Received ${received}`, metadata: null });
  }
}

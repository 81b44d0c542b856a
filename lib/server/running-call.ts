/** One call on its way: everything happens at once where nobody has to be waited for, since waiting costs. */
import { status as Status, type Metadata, type MetadataValue } from '@grpc/grpc-js';
import { GrpcResourceExhaustedException } from '@nestjs/microservices';
import { from, isObservable, lastValueFrom, of } from 'rxjs';
import type { GrpcStatus } from '../errors/grpc-status.js';
import { challengesOf } from '../request/authentication.js';
import { GrpcContext } from '../request/grpc-context.js';
import { isPromise, whenDone, type MaybePromise } from '../serialization/maybe-promise.js';
import type { BoundMethod } from './bound-method.js';
import type { Answer, DispatcherOptions, IncomingCall } from './dispatcher.js';
import { readRequests } from './requests.js';
import { sendable } from './sendable.js';
import { untilAborted, written } from './answer-stream.js';

const OK: GrpcStatus = { code: Status.OK, message: '', details: undefined };

export class RunningCall {
  private readonly started = performance.now();
  private readonly isFollowed: boolean;
  private headersSent = false;
  private ended = false;

  constructor(
    private readonly method: BoundMethod,
    private readonly requests: IncomingCall['requests'],
    private readonly answer: Answer,
    private readonly ctx: GrpcContext,
    private readonly options: DispatcherOptions,
  ) {
    this.isFollowed = options.asyncContext || method.isPiped;
  }

  /**
   * Runs the call to its end; what happens after an abort concerns nobody any more. Its answer is sent outside of its
   * context: what Node makes for that would hold it.
   */
  run(): void {
    const { life } = this.ctx;
    try {
      life.throwIfAborted();
      life.call = this;
      const single = this.inside(() => this.begin());
      if (!isPromise(single)) return this.succeed(single);
      life.watch();
      single.then(
        (bytes) => this.succeed(bytes),
        (error: unknown) => this.fail(error),
      );
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the call with the status of an error; after its end nothing. */
  fail(error: unknown): void {
    if (this.ended) return;
    const status = this.inside(() => this.options.toStatus(error, this.ctx));
    if (status.code === Status.UNAUTHENTICATED) this.hint();
    this.end(status);
  }

  /** Gives the bytes of a single answer. */
  private begin(): MaybePromise<Buffer | undefined> {
    const { method, ctx } = this;
    this.checkMetadata(ctx.metadata);
    method.prepare(ctx);
    const { around } = method;
    if (!around) return this.perform();
    let single: Buffer | undefined;
    const rest = async (): Promise<Buffer | undefined> => this.perform();
    const all = around(ctx, async () => {
      single = await ctx.life.unlessAborted(rest());
    });
    return all.then(() => single);
  }

  /** What middleware is around: who calls, Nest's pipeline, the action. */
  private perform(): MaybePromise<Buffer | undefined> {
    const { ctx } = this;
    return whenDone(ctx.seekCaller(), () => {
      ctx.life.throwIfAborted();
      const argument = readRequests(this.method, this.requests, ctx.life);
      if (!this.method.descriptor.requestStream) ctx.request = argument;
      return whenDone(this.method.handle(argument, ctx), (result) => this.finish(result));
    });
  }

  private finish(result: unknown): MaybePromise<Buffer | undefined> {
    const { ctx } = this;
    const { responseStream } = this.method.descriptor;
    ctx.life.throwIfAborted();
    if (!responseStream && !isObservable(result)) return this.encode(result);
    // A value is a stream of one, as in Nest's pipeline.
    const all = isObservable(result) ? from(result) : of(result);
    const whileWanted = untilAborted(ctx, (error) => this.logFailedCleanup(error));
    const encode = (message: unknown): Buffer => this.encode(message);
    if (!responseStream) return lastValueFrom(all.pipe(whileWanted)).then(encode);
    const answers = all.pipe(
      written(encode, ctx, (message) => this.write(message)),
      whileWanted,
    );
    return lastValueFrom(answers, { defaultValue: undefined }).then(() => undefined);
  }

  /** grpc-js has the same limit, but looks when the action and the log take the message for sent. */
  private encode(message: unknown): Buffer {
    const bytes = this.method.encode(message);
    const { maxAnswer } = this.options;
    if (bytes.length > maxAnswer)
      throw new GrpcResourceExhaustedException(
        `a message of ${bytes.length} bytes is larger than limits.send, ${maxAnswer}`,
      );
    return bytes;
  }

  private write(message: Buffer): Promise<void> | undefined {
    this.sendHeaders();
    return this.answer.write(message);
  }

  private succeed(single: Buffer | undefined): void {
    if (this.ended) return;
    if (single) void this.write(single);
    this.end(OK);
  }

  private end(status: GrpcStatus): void {
    const { ctx } = this;
    this.ended = true;
    ctx.life.end();
    // A stream without a message and a refusal have headers too.
    this.sendHeaders();
    const { ownTrailingMetadata: trailers } = ctx;
    this.answer.close(status, trailers && sendable(trailers));
    this.options.log.finished(ctx, status, this.started, (log) => this.inside(log));
  }

  private logFailedCleanup(cause: unknown): void {
    const message = 'what the action cleans up when its call ends early failed';
    this.options.log.fault(this.ctx, { code: Status.INTERNAL, message, details: undefined, cause });
  }

  /** Runs what may be the application's, with the context as the current one where that is wanted. */
  private inside<T>(work: () => T): T {
    return this.isFollowed ? GrpcContext.run(this.ctx, work) : work();
  }

  /** Headers go before the first message, whoever sends it. */
  private sendHeaders(): void {
    if (this.headersSent) return;
    this.headersSent = true;
    const { ownInitialMetadata: headers } = this.ctx;
    if (headers) this.answer.headers(sendable(headers));
  }

  /** Tells a caller that nobody knows which credentials would do. */
  private hint(): void {
    for (const challenge of challengesOf(this.method.authenticators))
      this.ctx.trailingMetadata.add('www-authenticate', challenge);
  }

  /** grpc-js has no limit of its own on metadata; size as in RFC 7541 section 4.1. */
  private checkMetadata(metadata: Metadata): void {
    let size = 0;
    const values = metadata.toJSON();
    for (const key in values)
      for (const value of values[key] as readonly MetadataValue[]) size += key.length + value.length + 32;
    const { maxMetadata } = this.options;
    if (size > maxMetadata)
      throw new GrpcResourceExhaustedException(
        `metadata of ${size} bytes is larger than limits.metadata, ${maxMetadata}`,
      );
  }
}

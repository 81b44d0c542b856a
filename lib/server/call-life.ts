import { GrpcCancelledException, GrpcDeadlineExceededException } from '@nestjs/microservices';
import type { BoundMethod } from './bound-method.js';
import type { IncomingCall } from './dispatcher.js';

/** Node runs what should wait longer, about 25 days, at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How long a call may live: until its caller cancels or its time is over. */
export class CallLife {
  readonly deadline: Date | undefined;
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly call: IncomingCall,
    method: BoundMethod,
    defaultDeadline: number,
  ) {
    const { requestStream, responseStream } = method.descriptor;
    const unary = !requestStream && !responseStream;
    this.deadline =
      call.deadline ?? (unary && defaultDeadline > 0 ? new Date(Date.now() + defaultDeadline) : undefined);
    this.signal = this.controller.signal;
    call.cancelled.addEventListener('abort', this.cancel);
    if (call.cancelled.aborted) this.cancel();
    if (!this.deadline) return;
    const left = this.deadline.getTime() - Date.now();
    if (left <= 0) this.expire();
    else if (left <= LONGEST_TIMER) this.timer = setTimeout(this.expire, left).unref();
  }

  end(): void {
    clearTimeout(this.timer);
    this.call.cancelled.removeEventListener('abort', this.cancel);
  }

  private readonly cancel = (): void => {
    // grpc-js reports a passed deadline as a cancel too.
    if (this.deadline && this.deadline.getTime() <= Date.now()) return this.expire();
    this.controller.abort(new GrpcCancelledException('the call was cancelled'));
  };

  private readonly expire = (): void => {
    this.controller.abort(new GrpcDeadlineExceededException('the deadline of the call has passed'));
  };
}

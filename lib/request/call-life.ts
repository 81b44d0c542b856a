import { GrpcCancelledException, GrpcDeadlineExceededException } from '@nestjs/microservices';

/** Node runs what should wait longer, about 25 days, at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Milliseconds by which a caller's clock and timers may be ahead: it cancels when its time is over, and the word comes before our
 * own timer.
 */
const SLACK = 10;

/**
 * How long a call may live: until its caller cancels or its time is over. Most calls end by themselves and nobody asks for
 * their signal, so there is one only for who does.
 */
export class CallLife {
  /** Ends the call when its time is over or its caller left; told before all others. */
  call: { fail(reason: Error): void } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private reason: Error | undefined;
  private ended = false;
  private controller: AbortController | undefined;
  private listeners: Set<(reason: Error) => void> | undefined;

  /** @param due when the answer is due, in milliseconds since 1970; Infinity: the caller waits for ever */
  constructor(private readonly due: number) {
    if (due <= Date.now()) this.expire();
  }

  /** Ends the call when its time is over; what waits for nothing is over before a timer could tell. */
  watch(): void {
    const left = this.due - Date.now();
    if (!this.ended && left <= LONGEST_TIMER) this.timer = setTimeout(() => this.expire(), left).unref();
  }

  /** Undefined: the caller waits for ever. */
  get deadline(): Date | undefined {
    return this.due === Infinity ? undefined : new Date(this.due);
  }

  /** Aborts when nobody waits for the answer any more. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.reason) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  throwIfAborted(): void {
    if (this.reason) throw this.reason;
  }

  /** Calls the listener once, at once when it is too late already; the result stops listening. */
  onAbort(listener: (reason: Error) => void): () => void {
    if (this.reason) {
      listener(this.reason);
      return () => undefined;
    }
    const listeners = (this.listeners ??= new Set());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** What settles later than the abort concerns nobody any more. */
  unlessAborted<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = this.onAbort(reject);
      work.then(
        (value) => {
          stop();
          resolve(value);
        },
        (error: unknown) => {
          stop();
          reject(error as Error);
        },
      );
    });
  }

  /** The caller left. grpc-js reports a passed deadline as a cancel too. */
  cancel(): void {
    // It says so of calls that have their answer, too.
    if (this.ended || this.reason) return;
    if (this.due <= Date.now() + SLACK) this.expire();
    else this.abort(new GrpcCancelledException('the call was cancelled'));
  }

  /** The call has its answer. */
  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private expire(): void {
    this.abort(new GrpcDeadlineExceededException('the deadline of the call has passed'));
  }

  private abort(reason: Error): void {
    if (this.ended || this.reason) return;
    this.reason = reason;
    this.call?.fail(reason);
    this.controller?.abort(reason);
    const { listeners } = this;
    this.listeners = undefined;
    for (const listener of listeners ?? []) listener(reason);
  }
}

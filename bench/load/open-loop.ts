/**
 * Calls at fixed times, whether earlier ones are answered or not: what callers feel. A call's time counts from when it
 * should have been sent, so that a slow server cannot hide behind callers that wait.
 */
import { Caller, type Target } from './caller.js';

export interface OpenLoopOptions {
  readonly connections: number;
  readonly perSecond: number;
  readonly milliseconds: number;
}

export interface OpenLoopResult {
  readonly perSecond: number;
  /** Answered within the time. */
  readonly answeredPerSecond: number;
  /** Milliseconds; of those that were answered. */
  readonly p50: number;
  readonly p99: number;
}

/** Servers allow 100 calls at once on a connection; what is over waits here. */
const CALLS_PER_CONNECTION = 100;

/** @throws Error when a call fails or is answered with something else than expected */
export async function openLoop(target: Target, options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { connections, perSecond, milliseconds } = options;
  const times: number[] = [];
  const running = Array.from({ length: connections }, () => 0);
  const queue: number[] = [];
  let first = 0;
  let over = false;
  const caller = await Caller.open(target, connections, (due, connection) => {
    if (!over) times.push(performance.now() - due);
    running[connection] = (running[connection] as number) - 1;
    if (first < queue.length && !over) begin(connection, queue[first++] as number);
  });
  const begin = (connection: number, due: number): void => {
    running[connection] = (running[connection] as number) + 1;
    caller.send(connection, due);
  };
  const start = performance.now();
  let sent = 0;
  for (let now = start; now < start + milliseconds; now = performance.now()) {
    for (; start + (sent * 1000) / perSecond <= now; sent += 1) {
      const connection = sent % connections;
      const due = start + (sent * 1000) / perSecond;
      if ((running[connection] as number) < CALLS_PER_CONNECTION) begin(connection, due);
      else queue.push(due);
    }
    for (const connection of caller.connections) connection.flush();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  over = true;
  caller.close();
  caller.check();
  times.sort((a, b) => a - b);
  const at = (part: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? NaN;
  return { perSecond, answeredPerSecond: (times.length * 1000) / milliseconds, p50: at(0.5), p99: at(0.99) };
}

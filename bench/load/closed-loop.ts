/** So many calls at once, each followed by the next: how much a server can do. */
import { Caller, type Target } from './caller.js';

export interface ClosedLoopOptions {
  readonly connections: number;
  /** Calls at once on each connection. */
  readonly calls: number;
  readonly milliseconds: number;
}

export interface ClosedLoopResult {
  readonly calls: number;
  readonly seconds: number;
}

/** @throws Error when a call fails or is answered with something else than expected */
export async function closedLoop(target: Target, options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  let calls = 0;
  let waiting = 0;
  let stopped = false;
  let idle: () => void = () => undefined;
  const caller = await Caller.open(target, options.connections, (_begun, connection) => {
    calls += 1;
    if (stopped) {
      waiting -= 1;
      if (waiting === 0) idle();
    } else caller.send(connection, 0);
  });
  const ended = new Promise<void>((resolve) => (idle = resolve));
  const begun = performance.now();
  caller.connections.forEach((connection, index) => {
    for (let call = 0; call < options.calls; call += 1) caller.send(index, 0);
    waiting += options.calls;
    connection.flush();
  });
  await new Promise((resolve) => setTimeout(resolve, options.milliseconds));
  stopped = true;
  await ended;
  const seconds = (performance.now() - begun) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 20));
  caller.close();
  caller.check();
  return { calls, seconds };
}

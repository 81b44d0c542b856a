/** One line for each finished call. Neither requests nor metadata are in it, so neither are their secrets. */
import { status as Status } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import type { GrpcStatus } from '../errors/grpc-status.js';
import { ConsoleLines } from './console-lines.js';
import type { GrpcContext } from './grpc-context.js';

/** What the log says of a call. */
export interface CallLogEntry {
  /** `/quickstart.PostController/List` */
  readonly path: string;
  /** `OK`, `NOT_FOUND` */
  readonly code: string;
  readonly milliseconds: number;
  readonly callId: string;
  readonly peer: string;
  /** The user's `id`, or `sub` of a token's claims; undefined: nobody. */
  readonly user: string | undefined;
  /** Of a failed call, as the caller got it. */
  readonly message?: string;
  readonly [extra: string]: unknown;
}

/** How calls are logged. */
export interface LoggingOptions {
  /** Whether calls that succeed are logged too. Default: true. */
  readonly ok?: boolean;
  /** Calls that are never logged unless they fail unexpectedly: `Post.list`, or a path. Default: none. */
  readonly ignore?: readonly string[];
  /** Adds to an entry, for example a tenant. Never return what must not be in a log. */
  readonly context?: (ctx: GrpcContext) => Readonly<Record<string, unknown>>;
  /** `text`: one readable line; `object`: the entry as it is, for JSON loggers such as nestjs-pino. Default: `text`. */
  readonly format?: 'text' | 'object';
}

/** Faults of the server; the log needs the stack. */
const FAULTS = new Set<number>([Status.UNKNOWN, Status.INTERNAL, Status.DATA_LOSS]);
/** What a line begins with, without their names. */
const IN_FRONT = new Set(['path', 'code', 'milliseconds']);
const PLAIN = /^[\w.:@/-]+$/;
/** Ends that are nobody's fault. */
const QUIET = new Set<number>([Status.OK, Status.CANCELLED]);

type Inside = (work: () => void) => void;

const atOnce: Inside = (work) => work();

const CONTEXT = 'SocioGrpc';

export class CallLog {
  private readonly logger = new Logger(CONTEXT);
  private readonly ignored: ReadonlySet<string>;
  /** Whether somebody was told that the logger fails; each call could say so. */
  private warned = false;
  private readonly lines = new ConsoleLines(this.logger, CONTEXT, (write) => this.safely(write));

  constructor(private readonly options: Required<Omit<LoggingOptions, 'context'>> & LoggingOptions) {
    this.ignored = new Set(options.ignore);
  }

  /**
   * @param started of `performance.now()`
   * @param inside runs in the context of the call what may ask for it: whatever is the application's own
   */
  finished(ctx: GrpcContext, status: GrpcStatus, started: number, inside: Inside = atOnce): void {
    const write = (): void => this.safely(() => this.write(ctx, status, started));
    if (this.options.context || !this.lines.console) inside(write);
    else write();
  }

  private write(ctx: GrpcContext, status: GrpcStatus, started: number): void {
    const { code, cause } = status;
    const fault = cause !== undefined || FAULTS.has(code);
    if (!fault && !this.isWanted(ctx, code)) return;
    const message = this.format(this.entry(ctx, status, started));
    if (QUIET.has(code) && !fault && this.lines.console) {
      this.lines.add(message);
      return;
    }
    this.lines.flush();
    if (fault) this.logger.error(message, stackOf(cause));
    else if (QUIET.has(code)) this.logger.log(message);
    else this.logger.warn(message);
  }

  /** Writes at once what waits to be written. */
  flush(): void {
    this.lines.flush();
  }

  /** What was unexpected, of a call whose end is logged by somebody else. */
  fault(ctx: GrpcContext, { message, cause }: GrpcStatus): void {
    this.safely(() => this.logger.error(`${ctx.path} callId=${ctx.callId}: ${message}`, stackOf(cause)));
  }

  /** A logger that throws must not end the process: the call is over, and nobody is there to catch it. */
  private safely(log: () => void): void {
    try {
      log();
    } catch (error) {
      if (!this.warned) process.emitWarning(`the log of calls failed: ${stackOf(error)}`, 'SocioGrpc');
      this.warned = true;
    }
  }

  private isWanted(ctx: GrpcContext, code: number): boolean {
    if (code === Status.OK && !this.options.ok) return false;
    if (this.ignored.size === 0) return true;
    return !(this.ignored.has(`${ctx.service}.${ctx.action}`) || this.ignored.has(ctx.path));
  }

  private entry(ctx: GrpcContext, { code, message }: GrpcStatus, started: number): CallLogEntry {
    const entry = {
      path: ctx.path,
      code: Status[code] ?? String(code),
      milliseconds: Math.round((performance.now() - started) * 10) / 10,
      callId: ctx.callId,
      peer: ctx.peer,
      user: userOf(ctx.user),
    };
    const { context } = this.options;
    if (code === Status.OK && !context) return entry;
    return { ...entry, ...(code !== Status.OK && { message }), ...(context && extras(context, ctx)) };
  }

  private format(entry: CallLogEntry): string | object {
    if (this.options.format === 'object') return entry;
    let line = `${entry.path} ${entry.code} ${entry.milliseconds}ms`;
    for (const name in entry) {
      const value = entry[name];
      if (value === undefined || IN_FRONT.has(name)) continue;
      line += ` ${name}=${quoted(value)}`;
    }
    return line;
  }
}

/** A failing hook must not fail the call that is over. */
function extras(
  context: NonNullable<LoggingOptions['context']>,
  ctx: GrpcContext,
): Readonly<Record<string, unknown>> {
  try {
    return context(ctx);
  } catch (error) {
    return { contextError: String(error) };
  }
}

/** Line breaks of a caller's text must not begin a log line of their own. */
function quoted(value: unknown): string {
  if (typeof value === 'string') return PLAIN.test(value) ? value : JSON.stringify(value);
  try {
    return JSON.stringify(value);
  } catch {
    // The application's own additions may be what JSON does not know, and some have no text either.
    return JSON.stringify(textOf(value));
  }
}

function userOf(user: unknown): string | undefined {
  if (typeof user !== 'object' || user === null) return undefined;
  const { id, sub } = user as { id?: unknown; sub?: unknown };
  const name = id ?? sub;
  return typeof name === 'string' || typeof name === 'number' || typeof name === 'bigint'
    ? String(name)
    : undefined;
}

/** Anything can be thrown, also what cannot be made text of. */
function stackOf(cause: unknown): string | undefined {
  if (cause instanceof Error) return cause.stack ?? cause.message;
  return cause === undefined ? undefined : textOf(cause);
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'something that has no text';
  }
}

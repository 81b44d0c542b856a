import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';

/** How long a line waits for others, in milliseconds. */
const PATIENCE = 10;
/** Stands for the lines in what the console would print. */
const PLACE = '\0';

/** What of Nest's console is for those who derive from it. */
interface Console {
  readonly options: { readonly json?: boolean; readonly timestamp?: boolean };
  log(message: unknown, context: string): void;
  formatMessage(level: LogLevel, message: unknown, ...around: readonly unknown[]): string;
  printMessages(...messages: readonly never[]): void;
  stringifyMessage(...message: readonly never[]): unknown;
  colorize(...text: readonly never[]): string;
}

/** What gets the text of a line, as it is in Nest: whoever puts something in its place wants to see each line. */
const { log, formatMessage, printMessages, stringifyMessage, colorize } =
  ConsoleLogger.prototype as unknown as Console;
const SEEING = Object.entries({ log, formatMessage, printMessages, stringifyMessage, colorize });
const { log: logOne } = Logger.prototype;

/**
 * Lines for Nest's own console, several at a time. What it prints around a line, the moment first of all, costs more than
 * the line and is the same for all that are printed at once.
 */
export class ConsoleLines {
  private readonly waiting: (string | object)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly logger: Logger,
    /** Of the lines: `SocioGrpc`. */
    private readonly context: string,
    /** Runs what may fail and must not end the process: a timer's errors are nobody's. */
    private readonly safely: (write: () => void) => void,
  ) {}

  /** Others than Nest's own console may add to a line what belongs to the running call, such as its trace. */
  get console(): ConsoleLogger | undefined {
    const { localInstance } = this.logger;
    return localInstance?.constructor === ConsoleLogger ? (localInstance as ConsoleLogger) : undefined;
  }

  add(line: string | object): void {
    if (this.waiting.push(line) > 1) return;
    this.timer = setTimeout(this.flush, PATIENCE);
    // The last lines before a crash are those that somebody will look for.
    process.once('exit', this.flush);
  }

  /** Writes at once what waits. */
  readonly flush = (): void => {
    if (this.waiting.length === 0) return;
    clearTimeout(this.timer);
    process.off('exit', this.flush);
    const lines = this.waiting.splice(0);
    const { console } = this;
    const texts = lines.filter((line) => typeof line === 'string');
    if (console && texts.length === lines.length && printsTexts(console) && this.isUntouched(console))
      this.safely(() => together(console, texts).log(PLACE, this.context));
    else for (const line of lines) this.safely(() => this.logger.log(line));
  };

  /** Whether nobody spies on loggers, or patched them. */
  private isUntouched(console: ConsoleLogger): boolean {
    return (
      this.logger.log === logOne &&
      SEEING.every(([name, own]) => (console as unknown as Console)[name as keyof Console] === own)
    );
  }
}

/** Whether all lines of a moment have the same around them, and nobody keeps them for later, as `bufferLogs` does. */
function printsTexts(console: ConsoleLogger): boolean {
  const { options } = console as unknown as Console;
  return !options.json && !options.timestamp && !Logger['isBufferAttached'];
}

/** The same console, which prints all the lines where it would print one. */
function together(console: ConsoleLogger, lines: readonly string[]): ConsoleLogger {
  const formatMessage: Console['formatMessage'] = (level, message, ...around) => {
    const text = (console as unknown as Console).formatMessage(level, message, ...around);
    // The console warns of a wrong NEST_LOG_LEVEL when it is first asked to print.
    if (message !== PLACE) return text;
    const [before = '', after = ''] = text.split(PLACE);
    return before + lines.join(after + before) + after;
  };
  return Object.create(console, { formatMessage: { value: formatMessage } }) as ConsoleLogger;
}

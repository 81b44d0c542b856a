/** How long a line waits for others, in milliseconds. */
const PATIENCE = 10;

/**
 * Lines for Nest's own console, several at a time: one alone costs more than many a call does, the next ones a third of it.
 */
export class ConsoleLines<Line> {
  private readonly waiting: Line[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly write: (line: Line) => void) {}

  add(line: Line): void {
    if (this.waiting.push(line) === 1) this.timer = setTimeout(this.flush, PATIENCE);
  }

  /** Writes at once what waits. */
  readonly flush = (): void => {
    if (this.waiting.length === 0) return;
    clearTimeout(this.timer);
    // A pipe takes them in one go.
    process.stdout.cork();
    try {
      for (const line of this.waiting.splice(0)) this.write(line);
    } finally {
      process.stdout.uncork();
    }
  };
}

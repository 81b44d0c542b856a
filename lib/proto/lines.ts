/** The lines of a `.proto` text on their way: blocks are indented, and white space that says nothing may be left out. */
import { readsAsTombstone } from './tombstone.js';

const STEP = '    ';

export class Lines {
  private readonly all: string[] = [];
  private indent = '';

  /** @param trailingBlanks keeps white space at the ends of lines, as the reference does */
  constructor(private readonly trailingBlanks: boolean) {}

  add(text: string): void {
    this.all.push(this.indent + text);
  }

  blank(): void {
    this.all.push(this.trailingBlanks ? this.indent : '');
  }

  /** An entry may hold several lines; each needs its own `//`, or the rest would be read as code. */
  comment(entries: readonly string[]): void {
    for (const text of entries.flatMap((entry) => entry.split(/\r\n|[\r\n]/))) {
      const line = `// ${readsAsTombstone(text) ? ' ' : ''}${text}`;
      this.add(this.trailingBlanks ? line : line.trimEnd());
    }
  }

  block(head: string, body: () => void): void {
    this.add(`${head} {`);
    this.indent += STEP;
    body();
    this.indent = this.indent.slice(STEP.length);
    this.add('}');
  }

  /** What is added, and a blank line behind it if that is anything. */
  paragraph(body: () => void): void {
    const before = this.all.length;
    body();
    if (this.all.length > before) this.blank();
  }

  toString(): string {
    return this.all.join('\n');
  }
}

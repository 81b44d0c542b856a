import type { BufferWriter } from 'protobufjs/minimal.js';
import type { Children } from './children.js';
import { WrittenMessage, type MessageLayout } from './codec/index.js';
import type { RawRow } from './column-reader.js';
import type { ReadMessage } from './read-parts.js';
import type { WriteRow } from './value-writers.js';
import { messageWriter } from './message-writer.js';

/** How the rows of a plan are written, worked out for the first of them. */
export class RowWriters {
  private readonly byLayout = new Map<MessageLayout, WriteRow>();

  constructor(private readonly message: ReadMessage) {}

  /** For a message of the contract. */
  of(layout: MessageLayout): WriteRow {
    const known = this.byLayout.get(layout);
    if (known) return known;
    const write = messageWriter(this.message, layout);
    this.byLayout.set(layout, write);
    return write;
  }
}

/** A row that stands for its message, where nobody looks at the message before it is written. */
export class RowMessage extends WrittenMessage {
  constructor(
    private readonly writers: RowWriters,
    private readonly row: RawRow,
    private readonly children: Children,
  ) {
    super();
  }

  override write(writer: BufferWriter, layout: MessageLayout, depth: number): void {
    this.writers.of(layout)(writer, this.row, this.children, depth);
  }
}

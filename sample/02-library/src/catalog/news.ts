import { EventEmitter, on } from 'node:events';
import { Injectable } from '@nestjs/common';

/** What has just been published, for whoever listens in this process. */
@Injectable()
export class News {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  published(book: number): void {
    this.emitter.emit('published', book);
  }

  /** The keys of books as they are published, until the signal aborts. */
  async *books(signal: AbortSignal): AsyncGenerator<number, void, undefined> {
    for await (const [book] of on(this.emitter, 'published', { signal })) yield book as number;
  }
}

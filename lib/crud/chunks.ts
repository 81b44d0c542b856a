/**
 * Items that come in chunks, a statement's rows for example. Whoever iterates gets them one by one; a writer that knows
 * of the chunks need not wait between items that are there.
 */
export class Chunks<T> implements AsyncIterable<T> {
  constructor(readonly chunks: AsyncIterable<readonly T[]>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const chunk of this.chunks) yield* chunk;
  }
}

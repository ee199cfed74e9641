/** Gives its chunks, then reads for ever: until `release` is called, which ends it. */
export class StuckSource<T> implements AsyncIterable<T> {
  closed = false;
  release: () => void = () => {};
  readonly #chunks: readonly T[];
  readonly #released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  constructor(...chunks: readonly T[]) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      yield* this.#chunks;
      await this.#released;
    } finally {
      this.closed = true;
    }
  }
}

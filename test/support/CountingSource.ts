/** The numbers from 0 below `count`, asynchronously; it tells how often it was opened, read and closed. */
export class CountingSource implements AsyncIterable<number> {
  opened = 0;
  reads = 0;
  closed = 0;
  readonly #count: number;

  constructor(count = Infinity) {
    this.#count = count;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number, void, undefined> {
    this.opened++;
    try {
      for (let number = 0; number < this.#count; number++) {
        this.reads++;
        yield number;
      }
    } finally {
      this.closed++;
    }
  }
}

import { AsyncIterableX } from 'ix/asynciterable/asynciterablex';

/**
 * An async iterable, with ix's operators, each iteration of which starts anew.
 *
 * ix's `from` does the same through two more promises an item, which is more than a token's own work.
 */
export function asyncIterable<T>(start: () => AsyncIterator<T>): AsyncIterableX<T> {
  return new Started(start);
}

class Started<T> extends AsyncIterableX<T> {
  readonly #start: () => AsyncIterator<T>;

  constructor(start: () => AsyncIterator<T>) {
    super();
    this.#start = start;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.#start();
  }
}

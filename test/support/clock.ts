import type { ExecutionContext } from 'ava';

/** `performance.now()` that stands still until it is told to go on, until the test ends. Only for `test.serial`. */
export class Clock {
  #seconds = 0;

  constructor(t: ExecutionContext) {
    const now = performance.now;
    performance.now = () => this.#seconds * 1000;
    t.teardown(() => {
      performance.now = now;
    });
  }

  /** Lets seconds pass. */
  pass(seconds: number): void {
    this.#seconds += seconds;
  }
}

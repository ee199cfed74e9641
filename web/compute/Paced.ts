/** Milliseconds between two parts at least. */
const PACE = 100;

/** Tells what there is of an answer every now and then: seldom enough that to tell it is little of the work. */
export class Paced {
  #next = performance.now() + PACE;

  /** Tells it, if it is time to; `make` is called only then. */
  tell<T>(onPart: ((part: T) => void) | undefined, make: () => T): void {
    const now = performance.now();
    if (!onPart || now < this.#next) return;
    onPart(make());
    const took = performance.now() - now;
    this.#next = now + Math.max(PACE, 10 * took);
  }
}

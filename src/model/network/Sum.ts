import type { Engine } from './Engine.js';

/** A sum of values of one shape, added up a few at a time: it never holds more than so many. */
export class Sum<T> {
  readonly #engine: Engine<T>;
  readonly #mostTerms: number;
  #terms: T[] = [];

  /** `mostTerms` is at least 2; more cost memory and save time. */
  constructor(engine: Engine<T>, mostTerms = 8) {
    this.#engine = engine;
    this.#mostTerms = mostTerms;
  }

  /** Takes a value, and frees it. */
  add(term: T): void {
    this.#terms.push(term);
    if (this.#terms.length === this.#mostTerms) this.total();
  }

  /** The sum so far, still this one's; there must be a term. */
  total(): T {
    if (this.#terms.length > 1) {
      const sum = this.#engine.sum(this.#terms);
      this.#engine.free(...this.#terms);
      this.#terms = [sum];
    }
    return this.#terms[0] as T;
  }
}

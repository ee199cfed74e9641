import type { Id, NativeOperations } from './NativeOperations.js';

/** A sum of tensors of one shape, added up a few at a time: it never holds more than so many. */
export class Accumulator {
  readonly #native: NativeOperations;
  readonly #mostTerms: number;
  #terms: Id[] = [];

  /** `mostTerms` is at least 2; more cost memory and save time. */
  constructor(native: NativeOperations, mostTerms = 8) {
    this.#native = native;
    this.#mostTerms = mostTerms;
  }

  /** Takes a tensor, and frees it. */
  add(term: Id): void {
    this.#terms.push(term);
    if (this.#terms.length === this.#mostTerms) this.total();
  }

  /** The sum so far, still the accumulator's. */
  total(): Id {
    if (this.#terms.length > 1) {
      const sum = this.#native.sum(this.#terms);
      this.#native.free(...this.#terms);
      this.#terms = [sum];
    }
    return this.#terms[0] as Id;
  }
}

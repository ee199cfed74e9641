import { utf8Length } from './utf8Length.js';
import type { Vocabulary } from './Vocabulary.js';

const NONE = -1;

/** The characters of a text, and the symbols of the model's maker's in it, as a linked list in which neighbours are merged. */
export class Parts {
  // By part; one that was merged into the part before it is empty.
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #before: number[] = [];
  readonly #after: number[] = [];
  readonly #isWhole: boolean[] = [];

  constructor(bytes: Uint8Array, vocabulary: Vocabulary) {
    for (let start = 0; start < bytes.length; start = this.end(this.count - 1)) {
      const symbol = vocabulary.symbolLength(bytes, start);
      this.#before.push(this.count - 1);
      this.#after.push(this.count + 1);
      this.#ends.push(start + (symbol || utf8Length(bytes, start)));
      this.#isWhole.push(symbol > 0);
      this.#starts.push(start);
    }
    if (this.count > 0) this.#after[this.count - 1] = NONE;
  }

  /** How many there were before any was merged. */
  get count(): number {
    return this.#starts.length;
  }

  /** A part's first byte. */
  start(part: number): number {
    return this.#starts[part] ?? 0;
  }

  /** What comes behind a part's last byte. */
  end(part: number): number {
    return this.#ends[part] ?? 0;
  }

  /** The part before; −1 when there is none. */
  before(part: number): number {
    return this.#before[part] ?? NONE;
  }

  /** The part behind; −1 when there is none. */
  after(part: number): number {
    return this.#after[part] ?? NONE;
  }

  /** Whether it is a symbol, which is merged with nothing. */
  isWhole(part: number): boolean {
    return this.#isWhole[part] ?? true;
  }

  /** Makes two neighbours one part, which is called `left`. */
  merge(left: number, right: number): void {
    const after = this.after(right);
    this.#ends[left] = this.end(right);
    this.#ends[right] = this.start(right);
    this.#after[left] = after;
    if (after !== NONE) this.#before[after] = left;
  }
}

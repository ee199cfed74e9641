/** Large messages that are under way at once: at first, and at most. */
const [FIRST, MOST] = [4, 16];
/** Bytes from which on a message tells how fast the way is. */
const LARGE = 100_000;
/** Milliseconds of a large message below which more of them may go at once, and above which fewer: well below what a request may take. */
const [FAST, SLOW] = [500, 1500];

/**
 * How many large messages of a connection are under way at once: more where they are fast, since a long way holds many, fewer where they are slow, since each must be
 * there before its request is given up, and a server leaves a client behind whose messages pile up.
 */
export class Window {
  #width = FIRST;
  #open = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #now: () => number;

  /** It reads a clock of milliseconds. */
  constructor(now = (): number => performance.now()) {
    this.#now = now;
  }

  /** How many may be under way. */
  get width(): number {
    return this.#width;
  }

  /** Sends or gets a message when it may; `bytesOf` says how long it was. What fails makes the window as narrow as it can be. */
  async pass<T>(action: () => Promise<T>, bytesOf: (result: T) => number): Promise<T> {
    while (this.#open >= this.#width) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#open++;
    const began = this.#now();
    try {
      const result = await action();
      if (bytesOf(result) >= LARGE) this.#learn(this.#now() - began);
      return result;
    } catch (error) {
      this.#width = 1;
      throw error;
    } finally {
      this.#open--;
      for (const wake of this.#waiting.splice(0, this.#width - this.#open)) wake();
    }
  }

  #learn(milliseconds: number): void {
    if (milliseconds < FAST) this.#width = Math.min(MOST, this.#width + 1);
    else if (milliseconds > SLOW) this.#width = Math.max(1, this.#width >> 1);
  }
}

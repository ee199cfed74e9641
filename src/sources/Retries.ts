import { setTimeout } from 'node:timers/promises';

/** Options of `Retries`. */
export interface RetryOptions {
  /** How many failures in a row are forgiven. Default 5. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first retry; each later one waits for twice as long. Default 250. */
  readonly delay?: number | undefined;
}

/** The longest time, in seconds, that a server's wish to be left alone is heeded. */
const LONGEST_WISH = 60;

/** Counts failures, and waits before the next try. */
export class Retries {
  readonly #retries: number;
  readonly #delay: number;
  #failures = 0;

  constructor({ retries = 5, delay = 250 }: RetryOptions = {}) {
    this.#retries = retries;
    this.#delay = delay;
  }

  /** Something came: failures before it no longer count. */
  progress(): void {
    this.#failures = 0;
  }

  /** Waits until it is time to try again, `wish` seconds at least; resolves to whether it is worth it. */
  async failed(wish = 0): Promise<boolean> {
    if (++this.#failures > this.#retries) return false;
    await setTimeout(Math.max(this.#delay * 2 ** (this.#failures - 1), Math.min(wish, LONGEST_WISH) * 1000));
    return true;
  }
}

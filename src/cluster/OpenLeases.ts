import type { JsMsg } from '@nats-io/jetstream';

/** The messages that a worker holds: it says again and again that it works on them, until it settles them. */
export class OpenLeases {
  readonly #open = new Set<JsMsg>();
  /** Those that were not spoken of for longer than a lease: they are others' by now. */
  readonly #lost = new WeakSet<JsMsg>();
  #timer: NodeJS.Timeout | undefined;
  #lease = Infinity;
  #lastBeat = performance.now();
  #wake = (): void => {};

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Begins to say so, every so many milliseconds: a quarter of a lease. */
  beatEvery(milliseconds: number): void {
    clearInterval(this.#timer);
    this.#lease = 4 * milliseconds;
    this.#lastBeat = performance.now();
    this.#timer = setInterval(() => this.#beat(), milliseconds);
    this.#timer.unref();
  }

  /** A message that was given just now. */
  add(message: JsMsg): void {
    this.#findLost();
    this.#open.add(message);
  }

  /** The message is settled. */
  settle(message: JsMsg): void {
    this.#open.delete(message);
    this.#wake();
  }

  /** Gives one message back, or all that are left, and then no more is said. */
  giveBack(message?: JsMsg, delay = 0): void {
    this.#findLost();
    for (const one of message ? [message] : [...this.#open]) {
      // Who has a lost one by now would lose it, too.
      if (this.#open.has(one) && !this.#lost.has(one)) one.nak(delay);
      this.settle(one);
    }
    if (!message) clearInterval(this.#timer);
  }

  /** Waits until fewer than so many are open. */
  async fewerThan(count: number, signal?: AbortSignal): Promise<void> {
    while (this.#open.size >= count && !signal?.aborted)
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        this.#wake = wake;
        signal?.addEventListener('abort', wake, { once: true });
      });
  }

  #beat(): void {
    this.#findLost();
    for (const message of this.#open) if (!this.#lost.has(message)) message.working();
    this.#lastBeat = performance.now();
  }

  /** A process that hung finds that it did. */
  #findLost(): void {
    if (performance.now() - this.#lastBeat < this.#lease) return;
    for (const message of this.#open) this.#lost.add(message);
  }
}

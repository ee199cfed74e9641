/** Work may hold the worker for so long, in milliseconds: then messages have their turn, those too that end it. */
const MAX_HOLD = 8;

/** Turns of the event loop between pieces of a work, which ends when its signal says so. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #last = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * To be awaited between two pieces of work.
   * @throws the signal's reason once it is aborted.
   */
  async take(): Promise<void> {
    if (performance.now() - this.#last > MAX_HOLD) {
      // Not a timer: those that follow each other wait for 4 ms.
      await new Promise<void>((resolve) => {
        const { port1, port2 } = new MessageChannel();
        const heard = (): void => {
          port1.close();
          resolve();
        };
        Object.assign(port1, { onmessage: heard });
        port2.postMessage(undefined);
      });
      this.#last = performance.now();
    }
    this.#signal?.throwIfAborted();
  }
}

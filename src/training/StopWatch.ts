/** Counts the seconds of training: from the end of one step to the end of the next, but not from epoch to epoch. */
export class StopWatch {
  #seconds: number;
  readonly #goesOn: boolean;
  #from = performance.now();
  #epoch: number | undefined;

  /** It goes on counting from so many seconds. */
  constructor(before?: number) {
    this.#seconds = before ?? 0;
    this.#goesOn = before !== undefined;
  }

  /** Seconds counted so far, up to the end of the last step. */
  get seconds(): number {
    return this.#seconds;
  }

  /** A step begins. What happened since the last one of another epoch (validation, for one) does not count. */
  begin(epoch: number): void {
    // Of a training that goes on, what comes before its first step was counted before: it is made again.
    if (this.#epoch !== epoch && (this.#epoch !== undefined || this.#goesOn)) this.skip();
    this.#epoch = epoch;
  }

  /** The time since the last step does not count. */
  skip(): void {
    this.#from = performance.now();
  }

  /** A step ends; returns its seconds, with those of the pipeline before it. */
  end(): number {
    const now = performance.now();
    const spent = (now - this.#from) / 1000;
    this.#seconds += spent;
    this.#from = now;
    return spent;
  }
}

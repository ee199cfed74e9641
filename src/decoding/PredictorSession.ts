import type { TokenPredictor } from './TokenPredictor.js';

/**
 * A predictor's state in the course of one decoding: it is freed when the next one is there, and at the end, whether
 * that comes from the decoder or from an `AbortSignal`. A suspended decoder does not run, so the signal's listener frees.
 */
export class PredictorSession<State> {
  readonly #predictor: TokenPredictor<State>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => {
    this.close();
    this.#rejectNext(this.#signal?.reason);
  };
  #rejectNext: (reason: unknown) => void = () => {};
  #state: State | undefined;
  #predicting = false;
  #closed = false;

  constructor(predictor: TokenPredictor<State>, signal?: AbortSignal) {
    this.#predictor = predictor;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * The log-probabilities after hypotheses read one more token each; see `TokenPredictor.next`.
   * @throws the signal's reason once it is aborted, without waiting for a prediction that is pending.
   */
  next(rows: Int32Array, ids: Int32Array): Promise<Float32Array> {
    const signal = this.#signal;
    if (!signal) return this.#predict(rows, ids);
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      this.#rejectNext = reject;
      this.#predict(rows, ids).then(resolve, reject);
    });
  }

  /** Frees the state: now, or as soon as a pending prediction is there. */
  close(): void {
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (!this.#predicting) this.#free();
  }

  async #predict(rows: Int32Array, ids: Int32Array): Promise<Float32Array> {
    const before = this.#state;
    this.#predicting = true;
    try {
      const { logProbabilities, state } = await this.#predictor.next(before, rows, ids);
      this.#state = state;
      if (before !== undefined) this.#predictor.free(before);
      return logProbabilities;
    } finally {
      this.#predicting = false;
      if (this.#closed) this.#free();
    }
  }

  #free(): void {
    if (this.#state !== undefined) this.#predictor.free(this.#state);
    this.#state = undefined;
  }
}

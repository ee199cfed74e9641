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
    const predict = (state: State | undefined) => this.#predictor.next(state, rows, ids);
    // Without a signal, one closure less for each token.
    return this.#signal ? this.#unlessAborted(() => this.#predict(predict)) : this.#predict(predict);
  }

  /** Whether the predictor can read many tokens at once. */
  get canRead(): boolean {
    return typeof this.#predictor.read === 'function';
  }

  /**
   * The log-probabilities after a hypothesis read these tokens; see `TokenPredictor.read`.
   * @throws the signal's reason once it is aborted, without waiting for a prediction that is pending.
   */
  read(row: number, ids: Int32Array): Promise<Float32Array> {
    return this.#unlessAborted(() =>
      this.#predict((state) => {
        const read = this.#predictor.read?.(state, row, ids);
        if (read === undefined) throw new TypeError('The predictor cannot read many tokens at once');
        return read;
      }),
    );
  }

  /** Frees the state: now, or as soon as a pending prediction is there. */
  close(): void {
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (!this.#predicting) this.#free();
  }

  #unlessAborted(predict: () => Promise<Float32Array>): Promise<Float32Array> {
    const signal = this.#signal;
    if (!signal) return predict();
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      this.#rejectNext = reject;
      predict().then(resolve, reject);
    });
  }

  async #predict(make: (state: State | undefined) => ReturnType<TokenPredictor<State>['next']>): Promise<Float32Array> {
    const before = this.#state;
    this.#predicting = true;
    try {
      const { logProbabilities, state } = await make(before);
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

import type { Batch } from '../pipeline/Batch.js';
import type { Tokenizer } from '../text/Tokenizer.js';

/** What of a model predicts the next token, as every decoder takes it: `averageOf`, or a model of another kind. */
export interface Predictor<State> {
  /** What its ids stand for. */
  readonly tokenizer: Tokenizer;
  /** Log-probabilities in nats, `[ids.length × vocabularySize]`, and the state behind hypotheses that go on from `rows` and read `ids`. */
  next(
    state: State | undefined,
    rows: Int32Array,
    ids: Int32Array,
  ): Promise<{ logProbabilities: Float32Array; state: State }>;
  /** Frees a state. */
  free(state: State): void;
}

/** A predictor's loss, batch by batch: where their text goes on, its state is carried from one to the next, until `close()`. */
export class PredictedLoss<State> {
  readonly #predictor: Predictor<State>;
  #state: State | undefined;

  constructor(predictor: Predictor<State>) {
    this.#predictor = predictor;
  }

  /** Σ mask·(−log p) of a batch, in nats. */
  async of(batch: Batch): Promise<number> {
    const logProbabilities = await this.logProbabilities(batch);
    // What does not count may be impossible.
    return batch.mask.reduce((nats, mask, at) => (mask === 0 ? nats : nats - mask * (logProbabilities[at] ?? NaN)), 0);
  }

  /** log p of each token of a batch, `[length × size]`, in nats, what does not count too. */
  async logProbabilities({ ids, size, length, before, begins }: Batch): Promise<Float64Array> {
    const { eosId, vocabularySize } = this.#predictor.tokenizer;
    if (!before) this.close();
    const found = new Float64Array(length * size);
    let inputs = before ?? new Int32Array(size).fill(eosId);
    for (let time = 0; time < length; time++) {
      const rows = Int32Array.from(inputs, (_, row) =>
        this.#state === undefined || (time === 0 && begins?.[row] === 1) ? -1 : row,
      );
      const last = this.#state;
      const made = await this.#predictor.next(last, rows, inputs);
      this.#state = made.state;
      if (last !== undefined) this.#predictor.free(last);
      inputs = ids.slice(time * size, (time + 1) * size);
      for (const [row, id] of inputs.entries())
        found[time * size + row] = made.logProbabilities[row * vocabularySize + id] ?? NaN;
    }
    return found;
  }

  /** Frees what it holds. */
  close(): void {
    if (this.#state !== undefined) this.#predictor.free(this.#state);
    this.#state = undefined;
  }
}

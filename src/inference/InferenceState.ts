/**
 * The states of some hypotheses, which `InferenceModel.next` gave. It belongs to the model that gave it, and can be used until it is freed.
 */
export class InferenceState {
  /** How many hypotheses; 0 once it is freed. */
  get rows(): number {
    return this.#rows;
  }

  #rows: number;
  #numbers: Float32Array | undefined;

  /** `InferenceModel` makes them. */
  constructor(rows: number, numbers: Float32Array) {
    this.#rows = rows;
    this.#numbers = numbers;
  }

  /** All parts of all layers, row by row; `undefined` once it is freed. */
  get numbers(): Float32Array | undefined {
    return this.#numbers;
  }

  /** Gives its numbers back. */
  release(): Float32Array | undefined {
    const numbers = this.#numbers;
    this.#rows = 0;
    this.#numbers = undefined;
    return numbers;
  }
}

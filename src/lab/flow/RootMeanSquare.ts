/** A norm that was estimated: the root of a mean square. */
export interface NormEstimate {
  /** The root of the mean squared norm. */
  readonly norm: number;
  /** Of `norm`; NaN where there are samples of fewer than two sequences. */
  readonly standardError: number;
}

/**
 * The root of the mean of squares that come from sequences, several from each, and its standard error.
 *
 * Samples of one sequence are alike, those of different sequences are independent. So the mean m = Σ_b S_b / Σ_b n_b, S_b
 * being the sum of sequence b's n_b squares, is a ratio of sums over clusters, of variance
 * B/(B−1) · Σ_b (S_b − m·n_b)² / (Σ_b n_b)² (Cochran, "Sampling Techniques", 1977, chapter 6; B sequences have samples). The root's
 * standard error is that of m over 2·√m (delta method).
 */
export class RootMeanSquare {
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;

  constructor(sequences: number) {
    this.#sums = new Float64Array(sequences);
    this.#counts = new Float64Array(sequences);
  }

  /** The number of samples. */
  get count(): number {
    return total(this.#counts);
  }

  /** The number of sequences that have samples. */
  get sequences(): number {
    return this.#counts.filter((count) => count > 0).length;
  }

  /** Adds a sample of a sequence. */
  add(sequence: number, square: number): void {
    this.#sums[sequence] = (this.#sums[sequence] ?? 0) + square;
    this.#counts[sequence] = (this.#counts[sequence] ?? 0) + 1;
  }

  /** The root of the mean of what was added. */
  estimate(): NormEstimate {
    const { count, sequences } = this;
    const mean = total(this.#sums) / count;
    const squaredDeviations = this.#sums.map((sum, sequence) => (sum - mean * (this.#counts[sequence] ?? 0)) ** 2);
    const variance = ((sequences / (sequences - 1)) * total(squaredDeviations)) / count ** 2;
    const norm = Math.sqrt(mean);
    return { norm, standardError: norm === 0 ? variance : Math.sqrt(variance) / (2 * norm) };
  }
}

function total(numbers: Float64Array): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

import { type NormEstimate, RootMeanSquare } from './RootMeanSquare.js';

/** How strongly a state, and the loss of the token predicted from it, depends on the state k time steps before. */
export interface StateFlow {
  /** k, in time steps. */
  readonly distance: number;
  /** The pairs of positions (t, t+k) that were measured; every mean is over these. */
  readonly pairs: number;
  /** The sequences that the pairs are from. */
  readonly sequences: number;
  /** ‖∂s_{t+k}/∂s_t‖_F. */
  readonly state: NormEstimate;
  /** ‖∂of_{t+k}/∂by_t‖_F for every two parts of the state: their squares add up to that of `state`. */
  readonly blocks: readonly FlowBlock[];
  /** ‖∂loss_{t+k}/∂s_t‖, in nats per unit of the state: loss_{t+k} is −log p of the token predicted from s_{t+k}. */
  readonly loss: NormEstimate;
}

/** A block of ∂s_{t+k}/∂s_t: how one part of the state depends on one part of the earlier state. */
export interface FlowBlock extends NormEstimate {
  /** The part that changes. */
  readonly of: string;
  /** The part that changes it. */
  readonly by: string;
}

/** The means at one distance. */
export class FlowMeans {
  readonly #parts: readonly string[];
  readonly #loss: RootMeanSquare;
  readonly #state: RootMeanSquare;
  readonly #blocks: readonly RootMeanSquare[];
  #pairs = 0;

  /** For a state of these parts in so many sequences. */
  constructor(parts: readonly string[], sequences: number) {
    const mean = (): RootMeanSquare => new RootMeanSquare(sequences);
    this.#parts = parts;
    this.#loss = mean();
    this.#state = mean();
    this.#blocks = parts.flatMap(() => parts.map(mean));
  }

  /**
   * Adds the squared norms of one pair of positions, by part of the earlier state: those of the loss's gradient, then, of
   * each probe, those of its products for each part of the later state.
   */
  add(sequence: number, squares: readonly number[]): void {
    const { length: parts } = this.#parts;
    this.#pairs++;
    this.#loss.add(sequence, sum(squares.slice(0, parts)));
    for (let start = parts; start < squares.length; start += parts ** 2) {
      const ofProbe = squares.slice(start, start + parts ** 2);
      this.#state.add(sequence, sum(ofProbe));
      for (const [block, mean] of this.#blocks.entries()) mean.add(sequence, ofProbe[block] ?? 0);
    }
  }

  /** What they are. */
  flow(distance: number): StateFlow {
    const names = this.#parts.flatMap((of) => this.#parts.map((by) => ({ of, by })));
    return {
      distance,
      pairs: this.#pairs,
      sequences: this.#loss.sequences,
      state: this.#state.estimate(),
      blocks: this.#blocks.map((mean, block) => ({ ...(names[block] as (typeof names)[number]), ...mean.estimate() })),
      loss: this.#loss.estimate(),
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

import type { TrainingStep } from './TrainingStep.js';

/** What the steps of one epoch come to. */
export interface EpochSummary {
  /** Seconds of training since the training began, as `TrainingStep.seconds`. */
  readonly seconds: number;
  /** Unmasked tokens of the epoch. */
  readonly tokens: number;
  /** Mean loss over the epoch's tokens, in nats; each batch is measured before the model learns from it. */
  readonly natsPerToken: number;
  /** Unmasked tokens by seconds of training, the pipeline's work counted. */
  readonly tokensPerSecond: number;
  /** The share of all places in batches that held padding, from 0 to 1. */
  readonly padding: number;
}

const NO_SUMS: EpochSums = { steps: 0, nats: 0, tokens: 0, padding: 0, secondsOfSteps: 0, seconds: 0 };

/** The sums of `EpochTotals`, to go on from. */
export interface EpochSums {
  /** How many there were. */
  readonly steps: number;
  /** Of all unmasked tokens together. */
  readonly nats: number;
  /** Unmasked tokens. */
  readonly tokens: number;
  /** Places that held padding. */
  readonly padding: number;
  /** The steps' own time. */
  readonly secondsOfSteps: number;
  /** When the last one ended, as `TrainingStep.seconds`. */
  readonly seconds: number;
}

/** Adds up the steps of one epoch. */
export class EpochTotals {
  #sums: EpochSums;

  /** It goes on from sums that `toJSON` gave; by default from none. */
  constructor(sums: EpochSums = NO_SUMS) {
    this.#sums = sums;
  }

  /** How many steps were added. */
  get steps(): number {
    return this.#sums.steps;
  }

  /** Adds a step. */
  add({ loss, tokens, paddedPlaces, seconds, tokensPerSecond }: TrainingStep): void {
    const sums = this.#sums;
    this.#sums = {
      steps: sums.steps + 1,
      nats: sums.nats + loss * tokens,
      tokens: sums.tokens + tokens,
      padding: sums.padding + paddedPlaces,
      secondsOfSteps: sums.secondsOfSteps + tokens / tokensPerSecond,
      seconds,
    };
  }

  /** The sums so far, as plain data. */
  toJSON(): EpochSums {
    return { ...this.#sums };
  }

  /** The totals so far; not numbers before the first step. */
  summary(): EpochSummary {
    const { seconds, tokens, nats, secondsOfSteps, padding } = this.#sums;
    return {
      ...{ seconds, tokens, natsPerToken: nats / tokens, tokensPerSecond: tokens / secondsOfSteps },
      padding: padding / (padding + tokens),
    };
  }
}

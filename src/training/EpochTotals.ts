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
  #steps: number;
  #nats: number;
  #tokens: number;
  #padding: number;
  #secondsOfSteps: number;
  #seconds: number;

  /** It goes on from sums that `toJSON` gave; by default from none. */
  constructor({ steps, nats, tokens, padding, secondsOfSteps, seconds }: EpochSums = NO_SUMS) {
    this.#steps = steps;
    this.#nats = nats;
    this.#tokens = tokens;
    this.#padding = padding;
    this.#secondsOfSteps = secondsOfSteps;
    this.#seconds = seconds;
  }

  /** How many steps were added. */
  get steps(): number {
    return this.#steps;
  }

  /** Adds a step. */
  add({ loss, tokens, paddedPlaces, seconds, tokensPerSecond }: TrainingStep): void {
    this.#steps++;
    this.#nats += loss * tokens;
    this.#tokens += tokens;
    this.#padding += paddedPlaces;
    this.#secondsOfSteps += tokens / tokensPerSecond;
    this.#seconds = seconds;
  }

  /** The sums so far, as plain data. */
  toJSON(): EpochSums {
    return {
      ...{ steps: this.#steps, nats: this.#nats, tokens: this.#tokens, padding: this.#padding },
      ...{ secondsOfSteps: this.#secondsOfSteps, seconds: this.#seconds },
    };
  }

  /** The totals so far; not numbers before the first step. */
  summary(): EpochSummary {
    return {
      seconds: this.#seconds,
      tokens: this.#tokens,
      natsPerToken: this.#nats / this.#tokens,
      tokensPerSecond: this.#tokens / this.#secondsOfSteps,
      padding: this.#padding / (this.#padding + this.#tokens),
    };
  }
}

import type { TrainingStep } from './TrainingStep.js';

/** What the steps of one epoch come to. */
export interface EpochSummary {
  /** Seconds of training since the training began, as `TrainingStep.seconds`. */
  readonly seconds: number;
  /** Unmasked tokens of the epoch. */
  readonly tokens: number;
  /** Mean loss over the epoch's tokens, in nats; each batch is measured before the model learns from it. */
  readonly natsPerToken: number;
  readonly tokensPerSecond: number;
  /** The share of all places in batches that held padding, from 0 to 1. */
  readonly padding: number;
}

/** Adds up the steps of one epoch. */
export class EpochTotals {
  #steps = 0;
  #nats = 0;
  #tokens = 0;
  #padding = 0;
  #secondsOfSteps = 0;
  #seconds = 0;

  /** How many steps were added. */
  get steps(): number {
    return this.#steps;
  }

  add({ loss, tokens, paddedPlaces, seconds, tokensPerSecond }: TrainingStep): void {
    this.#steps++;
    this.#nats += loss * tokens;
    this.#tokens += tokens;
    this.#padding += paddedPlaces;
    this.#secondsOfSteps += tokens / tokensPerSecond;
    this.#seconds = seconds;
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

import type { Hypothesis } from './Hypothesis.js';

/** A beam search after a time step. */
export interface BeamState {
  /** The time step, from 1: every live hypothesis has so many tokens. */
  readonly step: number;
  /** Hypotheses that go on and can still win, best first. */
  readonly live: readonly Hypothesis[];
  /**
   * The best of the finished ones, best first: complete, or cut at `maxLength`. At most as many as the beam. Only the first
   * is sure to be the best: what cannot beat it is not followed to its end (`nBest` does).
   */
  readonly finished: readonly Hypothesis[];
  /** The ids that every hypothesis that can still win begins with: the result begins with them, whatever comes. */
  readonly committed: readonly number[];
  /** Whether the search is over: `finished[0]` is its result. */
  readonly done: boolean;
}

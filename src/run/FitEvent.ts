import type { Evaluation } from '../training/evaluate.js';
import type { TrainingStep } from '../training/TrainingStep.js';
import type { EpochMetrics } from './RunDirectory.js';

/** Why a training ended: it made its epochs, its minutes were over, it learned no more, or it was told to. */
export type FitEnd = 'epochs' | 'minutes' | 'patience' | 'aborted';

/** The loss on the validation text was measured, and noted in the run. */
export interface FitEvaluation {
  /** What this is. */
  readonly type: 'evaluation';
  /** What `metrics.jsonl` says of the epoch. */
  readonly metrics: EpochMetrics;
  /** All that `evaluate` gave. */
  readonly evaluation: Evaluation;
  /** Whether no epoch before had a lower loss. */
  readonly isBest: boolean;
  /** The last training step before it, from 0. */
  readonly step: number;
}

/** What `fit` tells of a training. */
export type FitEvent =
  | { readonly type: 'step'; readonly step: TrainingStep }
  | FitEvaluation
  | { readonly type: 'end'; readonly reason: FitEnd };

import type { Evaluation } from '../training/evaluate.js';
import type { TrainingStep } from '../training/TrainingStep.js';
import type { EpochMetrics } from './EpochMetrics.js';

/** Why a training ended: it made its epochs or steps, its minutes were over, it learned no more, or it was told to. */
export type FitEnd = 'epochs' | 'steps' | 'minutes' | 'patience' | 'aborted';

/** The loss on the validation text was measured, and noted in the run. */
export interface FitEvaluation {
  /** What this is. */
  readonly type: 'evaluation';
  /** What `metrics.jsonl` says of it. */
  readonly metrics: EpochMetrics;
  /** All that `evaluate` gave. */
  readonly evaluation: Evaluation;
  /** Whether its loss is the lowest so far. */
  readonly isBest: boolean;
  /** The last training step before it, from 0. */
  readonly step: number;
}

/** A step was made; it can be inspected while it is told of. */
export interface FitStep {
  /** What this is. */
  readonly type: 'step';
  /** What `train` emitted. */
  readonly step: TrainingStep;
}

/** The temperature of the best model was fitted, and it is saved so. */
export interface FitTemperature {
  /** What this is. */
  readonly type: 'temperature';
  /** By which its logits are divided; above 1, the model was too sure. */
  readonly temperature: number;
  /** How well it predicts the validation text since then. */
  readonly evaluation: Evaluation;
}

/** The training is over, and what was learned is kept. */
export interface FitEnding {
  /** What this is. */
  readonly type: 'end';
  /** Why. */
  readonly reason: FitEnd;
}

/** What `fit` tells of a training. */
export type FitEvent = FitStep | FitEvaluation | FitTemperature | FitEnding;

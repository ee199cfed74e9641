import type { StepInspection } from './StepInspection.js';
import type { TrainingState } from './TrainingState.js';

/** What `train()` emits for each update of the weights. */
export interface TrainingStep {
  /** Which epoch, from 0 (0 for batches that did not come from `epochs`). */
  readonly epoch: number;
  /** Which batch of its epoch, from 0. */
  readonly index: number;
  /** Which update of this training, from 0. */
  readonly step: number;
  /** Nats per unmasked token, before the update. */
  readonly loss: number;
  /** Unmasked tokens of the batch. */
  readonly tokens: number;
  /** Places of the batch that hold padding. */
  readonly paddedPlaces: number;
  /** Euclidean norm of all gradients together, before clipping. */
  readonly gradientNorm: number;
  /** The same after clipping: `gradientNorm`, where the step was not clipped. */
  readonly clippedNorm: number;
  /** What the schedule gave for this step. */
  readonly learningRate: number;
  /** Seconds of training so far, the pipeline's work counted, what `afterEach` of `epochs` does not. */
  readonly seconds: number;
  /** Unmasked tokens per second of this step, the pipeline's work counted. */
  readonly tokensPerSecond: number;
  /**
   * What the step worked with: gradients, weights, gates. It costs nothing where nobody asks, and lives only while the step
   * is being emitted: ask and read inside a synchronous operator, such as `tap`.
   * @throws {InspectionError} when the step has been emitted.
   */
  inspect(): StepInspection;
  /**
   * All that is needed to go on after this step, copied: `train(model, { resumeFrom })`.
   * @throws {InspectionError} when the next step has been made, or the training has ended.
   */
  state(): TrainingState;
}

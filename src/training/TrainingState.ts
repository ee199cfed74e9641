import type { CellRecord } from '../cells/recordCell.js';
import type { Named } from '../model/mapValues.js';
import type { StoredTensor } from '../model/safetensors.js';
import type { CarriedState } from './RowStates.js';

/** All that a training must know to go on after a step as if it had never stopped: plain numbers. */
export interface TrainingState {
  /** Where the next batch stands, as `epochs` takes it. */
  readonly resumeAt: { readonly epoch: number; readonly index: number };
  /** Steps made. */
  readonly steps: number;
  /** Seconds of training, as `TrainingStep.seconds`. */
  readonly seconds: number;
  /** The model's weights, by name, and what else is learned: with `pastDecode`, `pastDecode.matrix` and so on. */
  readonly weights: Named<StoredTensor>;
  /** The model's cell, for `cellOfRecord`; where it is there, only a model of this equation is trained further. */
  readonly cell?: CellRecord | undefined;
  /** What the optimizer keeps for each weight, by the weight's name and the slot's. */
  readonly slots: Named<Named<StoredTensor>>;
  /** With `averageDecay`: the means of the weights, by the weight's name. */
  readonly average?: Named<StoredTensor> | undefined;
  /** With `carryState`: what each row of the text goes on from. */
  readonly carried?: CarriedState | undefined;
}

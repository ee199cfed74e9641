import type { LanguageModel } from '../model/LanguageModel.js';
import type { RecurrentState } from '../model/RecurrentState.js';
import type { Batch } from '../pipeline/Batch.js';
import { tf } from '../tf.js';
import type { CarriedFrom } from './lossAndGradients.js';

/** A batch's loss, and where its rows are carried, the state behind it. */
export interface LossAndState {
  readonly loss: number;
  readonly state?: RecurrentState | undefined;
}

/**
 * Σ mask·(−log p) of a batch in nats, without dropout; where its rows are carried, they go on from a state.
 * @throws {InvalidArgumentError} when the batch is not one for this model.
 */
export function lossAndState(model: LanguageModel, batch: Batch, carried?: CarriedFrom | undefined): LossAndState {
  if (!carried) return { loss: tf.tidy(() => model.totalLoss(batch).dataSync()[0] ?? NaN) };
  const { loss, state } = model.lossAndState(batch, { state: carried.state });
  const [nats = NaN] = loss.dataSync();
  loss.dispose();
  return { loss: nats, state };
}

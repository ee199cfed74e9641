import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { DropoutPlace } from '../model/dropoutMask.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Named } from '../model/mapValues.js';
import type { RecurrentState } from '../model/RecurrentState.js';
import type { Batch } from '../pipeline/Batch.js';
import { tf } from '../tf.js';

/** A batch's loss, and its gradients by the names of the model's weights. */
export interface LossAndGradients {
  readonly loss: number;
  readonly gradients: Named<Tensor>;
  /** Where rows are carried, the state behind the batch. */
  readonly state?: RecurrentState | undefined;
}

/** Says that the rows of a batch go on, and from what; `undefined`: all begin. */
export interface CarriedFrom {
  readonly state: RecurrentState | undefined;
}

/**
 * The total loss of a batch, or of a part of one, divided by `tokens`, and its gradients, which the caller disposes of.
 * Where its rows are carried, they go on from a state; nothing goes back through that.
 * @throws {InvalidArgumentError} when the batch is not one for this model.
 */
export function lossAndGradients(
  model: LanguageModel,
  batch: Batch,
  tokens: number,
  place: DropoutPlace,
  carried?: CarriedFrom | undefined,
): LossAndGradients {
  const { weights } = model;
  let state: RecurrentState | undefined;
  const totalLoss = (): Scalar => {
    if (carried === undefined) return model.totalLoss(batch, place);
    const made = model.lossAndState(batch, { state: carried.state, dropoutPlace: place });
    state = made.state;
    return made.loss;
  };
  const meanLoss = (): Scalar => tf.div(totalLoss(), tokens);
  const { value, grads } = tf.variableGrads(meanLoss, Object.values(weights));
  const loss = value.dataSync()[0] ?? NaN;
  value.dispose();
  const gradients = Object.entries(weights).map(([name, variable]) => [name, grads[variable.name] as Tensor]);
  return { loss, gradients: Object.fromEntries(gradients), state };
}

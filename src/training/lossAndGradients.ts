import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { DropoutPlace } from '../model/dropoutMask.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Named } from '../model/mapValues.js';
import type { RecurrentState } from '../model/RecurrentState.js';
import type { Batch } from '../pipeline/Batch.js';
import { tf } from '../tf.js';
import { type Learned, learnedOf } from './Learned.js';

/** A batch's loss, and gradients by the names of what is learned. */
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
 * The total loss of a batch, or of a part of one, divided by `tokens`, and the gradients of the objective, likewise, which the caller disposes of.
 * Where its rows are carried, they go on from a state; nothing goes back through that.
 * @throws {InvalidArgumentError} when the batch is not one for this model.
 */
export function lossAndGradients(
  model: LanguageModel,
  batch: Batch,
  tokens: number,
  place: DropoutPlace,
  carried?: CarriedFrom | undefined,
  { objective, weights }: Pick<Learned, 'objective' | 'weights'> = learnedOf(model),
): LossAndGradients {
  let state: RecurrentState | undefined;
  const totalLoss = (): Scalar => {
    if (carried === undefined) return model.totalLoss(batch, place, objective);
    const made = model.lossAndState(batch, { state: carried.state, dropoutPlace: place, objective });
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

import * as tf from '@tensorflow/tfjs';
import type { DropoutPlace } from '../model/dropout.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Named } from '../model/mapValues.js';
import type { Batch } from '../pipeline/Batch.js';

/** A batch's loss, and its gradients by the names of the model's weights. */
export interface LossAndGradients {
  readonly loss: number;
  readonly gradients: Named<tf.Tensor>;
}

/**
 * The total loss of a batch, or of a part of one, divided by `tokens`, and its gradients, which the caller disposes of.
 * @throws {InvalidArgumentError} when the batch is not one for this model.
 */
export function lossAndGradients(
  model: LanguageModel,
  batch: Batch,
  tokens: number,
  place: DropoutPlace,
): LossAndGradients {
  const { weights } = model;
  const meanLoss = (): tf.Scalar => tf.div(model.totalLoss(batch, place), tokens);
  const { value, grads } = tf.variableGrads(meanLoss, Object.values(weights));
  const loss = value.dataSync()[0] ?? NaN;
  value.dispose();
  const gradients = Object.entries(weights).map(([name, variable]) => [name, grads[variable.name] as tf.Tensor]);
  return { loss, gradients: Object.fromEntries(gradients) };
}

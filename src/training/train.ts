import * as tf from '@tensorflow/tfjs';
import {
  concatMap,
  defer,
  finalize,
  type Observable,
  type OperatorFunction,
  of,
  type Unsubscribable,
  using,
} from 'rxjs';
import { checkNumber, InvalidArgumentError, NonFiniteError } from '../errors.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Batch, EpochBatch } from '../pipeline/Batch.js';
import { clippingFactor, globalNorm } from './clipping.js';
import { learningRateAt } from './learningRate.js';
import { mapValues } from './mapValues.js';
import type { Optimizer } from './Optimizer.js';
import { StepInspection } from './StepInspection.js';
import { StopWatch } from './StopWatch.js';
import type { TrainingStep } from './TrainingStep.js';
import { unmaskedTokens } from './unmaskedTokens.js';
import { WeightUpdater } from './WeightUpdater.js';

/** Options of `train`. */
export interface TrainOptions {
  /** How gradients change the weights: `adam(…)`, `rmsProp(…)`, `sgd(…)`. */
  optimizer: Optimizer;
  /**
   * The gradients are scaled down together where their norm exceeds this (Pascanu, Mikolov and Bengio 2013). Default: no
   * clipping.
   */
  clipNorm?: number;
}

/**
 * Trains a model on a stream of batches: one update of the weights for each.
 *
 *     batch, batch, … ──▶ train(model, { optimizer: adam(), clipNorm: 5 }) ──▶ { step: 0, loss: 4.6, … }, …
 *
 * It belongs after a pipeline or `epochs`, not inside one. The optimizer's memory is that of one subscription.
 *
 * @throws {InvalidArgumentError} when `clipNorm` is not a positive number; (as the stream's error) on a batch that is
 *   not for this model, or without tokens.
 * @throws {NonFiniteError} (as the stream's error) when loss or gradient is not finite; the weights stay as they were.
 */
export function train(
  model: LanguageModel,
  { optimizer, clipNorm = Number.MAX_VALUE }: TrainOptions,
): OperatorFunction<Batch | EpochBatch, TrainingStep> {
  checkNumber('clipNorm', clipNorm, { above: 0 });
  return (source) =>
    defer(() => {
      const updater = new WeightUpdater(model.weights, optimizer);
      const watch = new StopWatch();
      const trainOn = (batch: Batch | EpochBatch, step: number): { step: TrainingStep } & Unsubscribable => {
        const { epoch, index } = 'epoch' in batch ? batch : { epoch: 0, index: step };
        watch.begin(epoch);
        const learningRate = learningRateAt(optimizer.learningRate, { step, seconds: watch.seconds });
        const tokens = unmaskedTokens(batch);
        if (!(tokens > 0))
          throw new InvalidArgumentError(`Expected tokens in batch ${index} of epoch ${epoch}, got none`);
        const { loss, gradientNorm, clippedNorm, tensors } = tf.tidy(() => {
          const { value, gradients } = lossAndGradients(model, () =>
            tf.div(model.totalLoss(batch, { epoch, index }), tokens),
          );
          const norm = globalNorm(Object.values(gradients));
          const measured = { loss: value.dataSync()[0] ?? NaN, gradientNorm: norm.dataSync()[0] ?? NaN };
          checkFinite(measured, epoch, index);
          // Copies of references, not of numbers.
          const weights = mapValues(model.weights, (weight) => tf.clone(weight));
          const factor = clippingFactor(measured.gradientNorm, clipNorm);
          updater.apply(gradients, factor, learningRate);
          return { ...measured, clippedNorm: factor * measured.gradientNorm, tensors: { gradients, weights } };
        });
        const inspection = new StepInspection(model, batch, { epoch, index }, tensors);
        const paddedPlaces = batch.size * batch.length - batch.tokens;
        const tokensPerSecond = tokens / watch.end();
        const { seconds } = watch;
        return {
          step: {
            ...{ epoch, index, step, loss, tokens, paddedPlaces, gradientNorm, clippedNorm, learningRate },
            ...{ seconds, tokensPerSecond },
            inspect: () => inspection.whileEmitted(),
          },
          unsubscribe: () => inspection.end(),
        };
      };
      const emitted = (batch: Batch | EpochBatch, number: number): Observable<TrainingStep> =>
        using(
          () => trainOn(batch, number),
          (resource) => of((resource as ReturnType<typeof trainOn>).step),
        );
      return source.pipe(
        concatMap(emitted),
        finalize(() => updater.dispose()),
      );
    });
}

/** A differentiable loss and its gradients by the names of the model's weights. */
function lossAndGradients(
  { weights }: LanguageModel,
  loss: () => tf.Scalar,
): { value: tf.Scalar; gradients: Record<string, tf.Tensor> } {
  const { value, grads } = tf.variableGrads(loss, Object.values(weights));
  const byName = Object.entries(weights).map(([name, variable]) => [name, grads[variable.name]] as const);
  return { value, gradients: Object.fromEntries(byName) as Record<string, tf.Tensor> };
}

function checkFinite(values: { loss: number; gradientNorm: number }, epoch: number, index: number): void {
  for (const [name, value] of Object.entries(values))
    if (!Number.isFinite(value))
      throw new NonFiniteError(
        `Expected a finite ${name} at batch ${index} of epoch ${epoch}, got ${value}. The weights are those before this batch; a lower learning rate or clipNorm may help.`,
      );
}

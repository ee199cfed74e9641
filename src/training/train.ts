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
import { parseRecord } from '../cells/parseRecord.js';
import { type CellRecord, isSameEquation } from '../cells/recordCell.js';
import { checkNumber, InspectionError, InvalidArgumentError, invalid, NonFiniteError } from '../errors.js';
import { LanguageModel } from '../model/LanguageModel.js';
import { mapValues } from '../model/mapValues.js';
import { checkTrainingSize } from '../model/memory.js';
import type { Batch, EpochBatch } from '../pipeline/Batch.js';
import { clippingFactor, globalNorm } from './clipping.js';
import { learningRateAt } from './learningRate.js';
import { lossAndGradients } from './lossAndGradients.js';
import { checkOptimizer, type Optimizer } from './Optimizer.js';
import { WorkerPool } from './parallel/WorkerPool.js';
import { StepInspection, untilEnd } from './StepInspection.js';
import { StopWatch } from './StopWatch.js';
import type { TrainingState } from './TrainingState.js';
import type { TrainingStep } from './TrainingStep.js';
import { unmaskedTokens } from './unmaskedTokens.js';
import { WeightUpdater } from './WeightUpdater.js';

const MAX_WORKERS = 256;

/** Options of `train`. */
export interface TrainOptions {
  /** How gradients change the weights: `adam(…)`, `rmsProp(…)`, `sgd(…)`. */
  optimizer: Optimizer;
  /**
   * The gradients are scaled down together where their norm exceeds this (Pascanu, Mikolov and Bengio 2013). Default: no
   * clipping.
   */
  clipNorm?: number;
  /**
   * How many threads compute: this one, and a worker thread for each other. Each batch is cut along its sequences; the
   * update is that of one worker up to rounding, and the same bits for the same number. Set `TF_NUM_INTRAOP_THREADS` to 1 in
   * the environment, or TensorFlow's own threads get into their way. Default 1.
   */
  workers?: number;
  /**
   * Goes on from here as if the training had never stopped: the model gets these weights, the optimizer its memory. The
   * batches must be those that come next: `epochs(…, { resumeAt: state.resumeAt })`. Default: from the beginning.
   */
  resumeFrom?: TrainingState | undefined;
}

/**
 * Trains a model on a stream of batches: one update of the weights for each.
 *
 *     batch, batch, … ──▶ train(model, { optimizer: adam(), clipNorm: 5 }) ──▶ { step: 0, loss: 4.6, … }, …
 *
 * It belongs after a pipeline or `epochs`, not inside one. The optimizer's memory is that of one subscription,
 * and so are the workers: a subscription begins when they are ready.
 *
 * @throws {InvalidArgumentError} when an option cannot be used, or gradients and the optimizer's memory of this model do not
 *   fit into the machine's; (as the stream's error) on a batch that is not for this model, or without tokens, or a state of
 *   another model or optimizer.
 * @throws {NonFiniteError} (as the stream's error) when loss or gradient is not finite; the weights stay as they were.
 * @throws {WorkerError} (as the stream's error) when a worker fails, ends or does not answer; likewise.
 */
export function train(
  model: LanguageModel,
  { optimizer, clipNorm = Number.MAX_VALUE, workers = 1, resumeFrom }: TrainOptions,
): OperatorFunction<Batch | EpochBatch, TrainingStep> {
  checkOptimizer(optimizer);
  checkNumber('clipNorm', clipNorm, { above: 0 });
  checkNumber('workers', workers, { integer: true, min: 1, max: MAX_WORKERS });
  checkNumber('resumeFrom.steps', resumeFrom?.steps ?? 0, { integer: true, min: 0 });
  checkNumber('resumeFrom.seconds', resumeFrom?.seconds ?? 0, { min: 0 });
  checkTrainingSize({ ...model.config, cell: model.cell }, model.tokenizer.vocabularySize, {
    slots: optimizer.slots.length,
    workers,
  });
  if (workers > 1 && Object.getPrototypeOf(model) !== LanguageModel.prototype)
    throw invalid('model', 'a LanguageModel itself, all that workers can make', model);
  return (source) =>
    defer(() => {
      checkCell(model, resumeFrom);
      const updater = new WeightUpdater(model.weights, optimizer, resumeFrom);
      const pool = workers === 1 ? undefined : startPool(model, workers, updater);
      const watch = new StopWatch(resumeFrom?.seconds);
      const trainOn = (batch: Batch | EpochBatch, number: number): { step: TrainingStep } & Unsubscribable => {
        const step = (resumeFrom?.steps ?? 0) + number;
        const { epoch, index } = 'epoch' in batch ? batch : { epoch: 0, index: step };
        watch.begin(epoch);
        const learningRate = learningRateAt(optimizer.learningRate, { step, seconds: watch.seconds });
        const tokens = unmaskedTokens(batch);
        if (!(tokens > 0))
          throw new InvalidArgumentError(`Expected tokens in batch ${index} of epoch ${epoch}, got none`);
        const { loss, gradientNorm, clippedNorm, tensors } = tf.tidy(() => {
          const { loss, gradients } = pool
            ? pool.lossAndGradients(batch, tokens, { epoch, index })
            : lossAndGradients(model, batch, tokens, { epoch, index });
          const measured = { loss, gradientNorm: globalNorm(Object.values(gradients)) };
          checkFinite(measured, epoch, index);
          // Copies of references, not of numbers.
          const weights = mapValues(model.weights, (weight) => tf.clone(weight));
          const factor = clippingFactor(measured.gradientNorm, clipNorm);
          updater.apply(gradients, factor, learningRate);
          return { ...measured, clippedNorm: factor * measured.gradientNorm, tensors: { gradients, weights } };
        });
        const { inspect, end } = untilEnd(new StepInspection(model, batch, { epoch, index }, tensors));
        const paddedPlaces = batch.size * batch.length - batch.tokens;
        const tokensPerSecond = tokens / watch.end();
        const { seconds } = watch;
        return {
          step: {
            ...{ epoch, index, step, loss, tokens, paddedPlaces, gradientNorm, clippedNorm, learningRate },
            ...{ seconds, tokensPerSecond },
            ...{ inspect, state: stateAfter(model, updater, { epoch, index, step }, seconds) },
          },
          unsubscribe: end,
        };
      };
      const emitted = (batch: Batch | EpochBatch, number: number): Observable<TrainingStep> =>
        using(
          () => trainOn(batch, number),
          (resource) => of((resource as ReturnType<typeof trainOn>).step),
        );
      return source.pipe(
        concatMap(emitted),
        finalize(() => {
          updater.dispose();
          pool?.close();
        }),
      );
    });
}

// Outside of `train`: a function made there would hold the batch for as long as somebody holds the step.

/** The state after a step, for as long as it is the last one. */
function stateAfter(
  { cellRecord: cell }: LanguageModel,
  updater: WeightUpdater,
  { epoch, index, step }: { readonly epoch: number; readonly index: number; readonly step: number },
  seconds: number,
): () => TrainingState {
  return () => {
    if (updater.isAt(step + 1)) return { resumeAt: { epoch, index: index + 1 }, seconds, cell, ...updater.numbers() };
    throw new InspectionError(
      `Expected the state of step ${step} to be asked for before the next step and the end of the training, got a call after that`,
    );
  };
}

/** States of before cells were recorded have none: what such a state is of, its weights' names and shapes must say. */
function checkCell({ cell, cellRecord }: LanguageModel, resumeFrom: TrainingState | undefined): void {
  if (resumeFrom?.cell === undefined) return;
  const recorded = recordOf(resumeFrom.cell);
  if (!isSameEquation(recorded, cellRecord))
    throw new InvalidArgumentError(
      `Expected the cell ${recorded.name} as the state records it to resume from, got ${cell.name}, whose equation or sizes are others: cellOfRecord(state.cell) is that cell`,
    );
}

function recordOf(given: CellRecord): CellRecord {
  try {
    return parseRecord(given).record;
  } catch (error) {
    throw new InvalidArgumentError(`Expected resumeFrom.cell to be the record of a cell: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Where the workers do not start, nothing is left of the updater either. */
function startPool(model: LanguageModel, workers: number, updater: WeightUpdater): WorkerPool {
  try {
    return new WorkerPool(model, workers);
  } catch (error) {
    updater.dispose();
    throw error;
  }
}

function checkFinite(values: { loss: number; gradientNorm: number }, epoch: number, index: number): void {
  for (const [name, value] of Object.entries(values))
    if (!Number.isFinite(value))
      throw new NonFiniteError(
        `Expected a finite ${name} at batch ${index} of epoch ${epoch}, got ${value}. The weights are those before this batch; a lower learningRate or clipNorm may help.`,
        { options: ['learningRate', 'clipNorm'] },
      );
}

import { concatMap, defer, finalize, type OperatorFunction, of } from 'rxjs';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Batch, EpochBatch } from '../pipeline/Batch.js';
import { Trainer } from './Trainer.js';
import type { TrainingStep } from './TrainingStep.js';
import { checkTrainOptions, type TrainOptions } from './TrainOptions.js';

/**
 * Trains a model on a stream of batches: one update of the weights for each.
 *
 *     batch, batch, … ──▶ train(model, { optimizer: adam(), clipNorm: 5 }) ──▶ { step: 0, loss: 4.6, … }, …
 *
 * It belongs after a pipeline or `epochs`, not inside one. The optimizer's memory is that of one subscription,
 * and so are the workers: a subscription begins when they are ready.
 *
 * @throws {InvalidArgumentError} when an option cannot be used, or gradients and the optimizer's memory of this model do not
 *   fit into the machine's; (as the stream's error) on a batch that is not for this model, or without tokens, a first batch
 *   that is not the one that comes next, or a state of another model or optimizer.
 * @throws {NonFiniteError} (as the stream's error) when loss or gradient is not finite; the weights stay as they were.
 * @throws {WorkerError} (as the stream's error) when a worker fails, ends or does not answer; likewise.
 */
export function train(model: LanguageModel, options: TrainOptions): OperatorFunction<Batch | EpochBatch, TrainingStep> {
  checkTrainOptions(model, options);
  return (source) =>
    defer(() => {
      const trainer = new Trainer(model, options);
      return source.pipe(
        stepsOf(trainer),
        finalize(() => trainer.dispose()),
      );
    });
}

/** The steps that a trainer makes of a stream of batches; each can be inspected while it is emitted. */
export function stepsOf(trainer: Trainer): OperatorFunction<Batch | EpochBatch, TrainingStep> {
  return concatMap((batch) => of(trainer.step(batch)).pipe(finalize(() => trainer.release())));
}

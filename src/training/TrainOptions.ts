import { checkNumber, InvalidArgumentError, invalid } from '../errors.js';
import { LanguageModel } from '../model/LanguageModel.js';
import { checkTrainingSize } from '../model/memory.js';
import { checkOptimizer, type Optimizer } from './Optimizer.js';
import type { TrainingState } from './TrainingState.js';

const MAX_WORKERS = 256;

/** Options of `train` and `Trainer`. */
export interface TrainOptions {
  /** How gradients change the weights: `adam(…)`, `rmsProp(…)`, `sgd(…)`. */
  readonly optimizer: Optimizer;
  /**
   * The gradients are scaled down together where their norm exceeds this (Pascanu, Mikolov and Bengio 2013). Default: no
   * clipping.
   */
  readonly clipNorm?: number | undefined;
  /**
   * How many threads compute: this one, and a worker thread for each other. Each batch is cut along its sequences; the
   * update is that of one worker up to rounding, and the same bits for the same number. Set `TF_NUM_INTRAOP_THREADS` to 1 in
   * the environment, or TensorFlow's own threads get into their way. Default 1.
   */
  readonly workers?: number | undefined;
  /**
   * Whether the rows of a batch go on where those of the batch before ended: the state is carried from batch to batch, detached, and
   * a row begins anew where the batch says so (truncated backpropagation through time). For the batches of `batchWindows`, which are
   * refused without it. Default false: every row is whole.
   */
  readonly carryState?: boolean | undefined;
  /**
   * Holds an exponential mean of the weights beside them: so much of it is kept at an update, 0 and less than 1; some `1 / (1 − averageDecay)` updates
   * count. It is corrected for its beginning at zero. `fit` evaluates and saves it, and when the training is over, the model has it. Default: none.
   */
  readonly averageDecay?: number | undefined;
  /**
   * Goes on from here as if the training had never stopped: the model gets these weights, the optimizer its memory. The
   * batches must be those that come next: `epochs(…, { resumeAt: state.resumeAt })`. Default: from the beginning, with
   * batch 0 of epoch 0.
   */
  readonly resumeFrom?: TrainingState | undefined;
}

/** @throws {InvalidArgumentError} when an option cannot be used, or what training this model needs does not fit into memory. */
export function checkTrainOptions(
  model: LanguageModel,
  { optimizer, clipNorm, workers = 1, carryState = false, averageDecay, resumeFrom }: TrainOptions,
): void {
  checkOptimizer(optimizer);
  if (clipNorm !== undefined) checkNumber('clipNorm', clipNorm, { above: 0 });
  checkNumber('workers', workers, { integer: true, min: 1, max: MAX_WORKERS });
  if (averageDecay !== undefined) checkNumber('averageDecay', averageDecay, { min: 0, below: 1 });
  if (typeof carryState !== 'boolean') throw invalid('carryState', 'true or false', carryState);
  if (resumeFrom?.carried !== undefined && !carryState)
    throw new InvalidArgumentError('Expected carryState, as the state in resumeFrom was made with it', {
      options: ['carryState', 'resumeFrom'],
    });
  if (resumeFrom !== undefined && (resumeFrom?.average === undefined) !== (averageDecay === undefined))
    throw new InvalidArgumentError(
      `Expected ${averageDecay === undefined ? 'an' : 'no'} averageDecay, as the state in resumeFrom was made with${averageDecay === undefined ? '' : 'out'} it`,
      { options: ['averageDecay', 'resumeFrom'] },
    );
  if (resumeFrom !== undefined) {
    const { resumeAt, steps, seconds }: Partial<TrainingState> = resumeFrom;
    const count = { integer: true, min: 0 };
    checkNumber('resumeFrom.steps', steps, count);
    checkNumber('resumeFrom.seconds', seconds, { min: 0 });
    checkNumber('resumeFrom.resumeAt.epoch', resumeAt?.epoch, count);
    checkNumber('resumeFrom.resumeAt.index', resumeAt?.index, count);
  }
  checkTrainingSize({ ...model.config, cell: model.cell }, model.tokenizer.vocabularySize, {
    slots: optimizer.slots.length + (averageDecay === undefined ? 0 : 1),
    workers,
  });
  if (workers > 1 && Object.getPrototypeOf(model) !== LanguageModel.prototype)
    throw invalid('model', 'a LanguageModel itself, all that workers can make', model);
}

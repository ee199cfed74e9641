import { checkNumber, checkOneOf, InvalidArgumentError, invalid } from '../errors.js';
import { LanguageModel } from '../model/LanguageModel.js';
import { checkTrainingSize } from '../model/memory.js';
import type { GradientPrecision } from '../model/network/gradientProduct.js';
import { GRADIENT_PRECISIONS } from '../names.js';
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
   * Holds an exponential mean of the weights beside them: so much of it is kept at an update, from 0 to less than 1; some `1 / (1 − averageDecay)`
   * updates count, and in a training that has just begun, the last ninth of them. `fit` evaluates and saves it, and when the training is over, the model has it. Default: none.
   */
  readonly averageDecay?: number | undefined;
  /**
   * Label smoothing: the share of each target that is spread evenly over the vocabulary, as `Objective` says it; 0.1 is what Szegedy et al. (2016) use.
   * Gradients, and their norm, are those of the smoothed loss. `TrainingStep.loss`, metrics and `evaluate` stay −log p, without it: they can be compared
   * with those of trainings that do not smooth. From 0 on, less than 1. Default 0.
   */
  readonly labelSmoothing?: number | undefined;
  /**
   * Past decode regularization: so much the negative log-probability counts of the token that was read last, as it is decoded of the predicted
   * distribution of the next one, as `Objective` says it (Brahma 2018, who uses 0.001 for words). Gradients, and their norm, have that in them; `TrainingStep.loss`, metrics and `evaluate`
   * do not. What it learns for that, E² + E + V numbers, is in the state, so that a training goes on with it, and not in the model. From 0 on. Default 0.
   */
  readonly pastDecode?: number | undefined;
  /**
   * What the products that make gradients of the layers' weights are computed in: with `bfloat16`, of numbers rounded to 8 binary digits. It is
   * faster on the backend `tensorflow` where the processor multiplies such numbers (AVX512_BF16, AMX), and nowhere else. Default `float32`.
   */
  readonly precision?: GradientPrecision | undefined;
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
  {
    optimizer,
    clipNorm,
    workers = 1,
    carryState = false,
    averageDecay,
    labelSmoothing,
    pastDecode,
    precision,
    resumeFrom,
  }: TrainOptions,
): void {
  checkOptimizer(optimizer);
  if (clipNorm !== undefined) checkNumber('clipNorm', clipNorm, { above: 0 });
  checkNumber('workers', workers, { integer: true, min: 1, max: MAX_WORKERS });
  if (averageDecay !== undefined) checkNumber('averageDecay', averageDecay, { min: 0, below: 1 });
  if (labelSmoothing !== undefined) checkNumber('labelSmoothing', labelSmoothing, { min: 0, below: 1 });
  if (pastDecode !== undefined) checkNumber('pastDecode', pastDecode, { min: 0 });
  if (precision !== undefined) checkOneOf('precision', precision, GRADIENT_PRECISIONS);
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

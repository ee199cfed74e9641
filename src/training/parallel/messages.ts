import type { MessagePort } from 'node:worker_threads';
import type { CellRecord } from '../../cells/recordCell.js';
import type { DropoutPlace } from '../../model/dropoutMask.js';
import type { ModelConfig } from '../../model/ModelConfig.js';
import type { Batch } from '../../pipeline/Batch.js';
import type { ObjectiveOptions } from '../Learned.js';
import type { CarriedFrom } from '../lossAndGradients.js';
import type { LossAndState } from '../lossAndState.js';
import type { PlainError } from './PlainError.js';

/** What a worker is made of. */
export interface WorkerModel {
  /** Its cell; code does not go from thread to thread. */
  readonly cell: CellRecord;
  readonly config: ModelConfig;
  readonly vocabularySize: number;
  readonly eosId: number;
  /** What it learns. */
  readonly objective?: ObjectiveOptions | undefined;
  /** Every weight, one after the other in the order in which `learnedOf` has them; as they are to be in the next task. */
  readonly weights: Float32Array;
  /** The same for this worker's gradients, which it writes before it answers. */
  readonly gradients: Float32Array;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly model: WorkerModel;
  /** `ANSWERS` and `ENDED`. */
  readonly signals: Int32Array;
  /** Brings tasks, takes answers. */
  readonly port: MessagePort;
  /** Its own, for as long as it runs. */
  readonly temporaryDirectory: string;
}

/** Place in `signals`: changes with each answer, and when the worker ends; who waits for that is notified. */
export const ANSWERS = 0;
/** Place in `signals`: 1 when the worker has ended, for whatever reason. */
export const ENDED = 1;

/** A part of a batch, to compute the loss of. */
export interface Task {
  readonly batch: Batch;
  /** Where rows are carried: what those of this part go on from. */
  readonly carried?: CarriedFrom | undefined;
  /** How gradients are computed, too. Without, nothing drops out, and the loss is the sum over tokens. */
  readonly gradients?: GradientTask | undefined;
  /** The weights are those that it read last. Default false. */
  readonly sameWeights?: boolean | undefined;
}

/** How gradients are computed. */
export interface GradientTask {
  /** What loss and gradients are divided by: the tokens of the whole batch. */
  readonly tokens: number;
  readonly place: DropoutPlace;
}

/** What comes of a task, besides gradients. */
export type TaskResult = LossAndState;

/** What a worker says: once that it is ready, then an answer to each task. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly result: TaskResult }
  | { readonly kind: 'failed'; readonly error: PlainError };

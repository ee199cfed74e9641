import { checkNumber, invalid } from '../errors.js';
import type { LearningRate, Progress } from './Optimizer.js';

/**
 * Checks a learning rate that an optimizer is made with.
 * @throws {InvalidArgumentError} when it is neither a schedule nor a number of at least 0.
 */
export function checkLearningRate(learningRate: LearningRate): void {
  if (typeof learningRate === 'function') return;
  if (typeof learningRate !== 'number') throw invalid('learningRate', 'a number or a schedule', learningRate);
  checkNumber('learningRate', learningRate, { min: 0 });
}

/**
 * The learning rate of the step that comes.
 * @throws {InvalidArgumentError} when a schedule gives something else than a number of at least 0.
 */
export function learningRateAt(learningRate: LearningRate, progress: Progress): number {
  if (typeof learningRate === 'number') return learningRate;
  return checkNumber(`the schedule's learning rate at step ${progress.step}`, learningRate(progress), { min: 0 });
}

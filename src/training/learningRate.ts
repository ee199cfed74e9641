import { checkNumber, invalid } from '../errors.js';
import type { LearningRate, Progress } from './Optimizer.js';

/** The largest number that float32 knows: with more, weights would become infinite whatever the gradient. */
const LARGEST = 2 ** 128 - 2 ** 104;

/**
 * Checks a learning rate that an optimizer is made with.
 * @throws {InvalidArgumentError} when it is neither a schedule nor a number of at least 0 that float32 has room for.
 */
export function checkLearningRate(learningRate: LearningRate): void {
  if (typeof learningRate === 'function') return;
  if (typeof learningRate !== 'number') throw invalid('learningRate', 'a number or a schedule', learningRate);
  checkRate('learningRate', learningRate);
}

/**
 * The learning rate of the step that comes.
 * @throws {InvalidArgumentError} when it is no number of at least 0 that float32 has room for.
 */
export function learningRateAt(learningRate: LearningRate, progress: Progress): number {
  checkLearningRate(learningRate);
  if (typeof learningRate === 'number') return learningRate;
  return checkRate(`the schedule's learning rate at step ${progress.step}`, learningRate(progress));
}

/**
 * Checks a learning rate, whatever it is called, and returns it.
 * @throws {InvalidArgumentError} when it is no number of at least 0 that float32 has room for.
 */
export function checkRate(name: string, rate: number): number {
  checkNumber(name, rate, { min: 0 });
  if (rate > LARGEST) throw invalid(name, `at most ${LARGEST}, the largest number of float32`, rate);
  return rate;
}

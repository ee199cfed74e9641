import { checkNumber } from '../errors.js';
import { tf } from '../tf.js';
import { checkLearningRate } from './learningRate.js';
import type { LearningRate, Optimizer } from './Optimizer.js';
import { slot } from './slot.js';

/** Options of `sgd`. */
export interface SGDOptions {
  /** Default 0.1. */
  learningRate?: LearningRate | undefined;
  /** Share of the last change's direction that is kept. Default 0. */
  momentum?: number | undefined;
}

/**
 * Stochastic gradient descent with momentum (Polyak 1964): v ← momentum·v + gradient; change −rate·v, as in PyTorch.
 * @throws {InvalidArgumentError} on an option out of range.
 */
export function sgd({ learningRate = 0.1, momentum = 0 }: SGDOptions = {}): Optimizer {
  checkLearningRate(learningRate);
  checkNumber('momentum', momentum, { min: 0, below: 1 });
  if (momentum === 0)
    return { learningRate, slots: [], update: (gradient, slots, rate) => ({ change: tf.mul(gradient, -rate), slots }) };
  return {
    learningRate,
    slots: ['velocity'],
    update(gradient, slots, rate) {
      const velocity = tf.add(tf.mul(slot(slots, 'velocity'), momentum), gradient);
      return { change: tf.mul(velocity, -rate), slots: { velocity } };
    },
  };
}

import { checkNumber } from '../errors.js';
import { tf } from '../tf.js';
import { checkLearningRate } from './learningRate.js';
import type { LearningRate, Optimizer } from './Optimizer.js';
import { slot } from './slot.js';

/** Options of `rmsProp`. */
export interface RMSPropOptions {
  /** Default 1e-2. */
  learningRate?: LearningRate | undefined;
  /** Decay of the mean of squared gradients. Default 0.99. */
  decay?: number | undefined;
  /** Added to the root in the denominator. Default 1e-8. */
  epsilon?: number | undefined;
}

/**
 * RMSProp (Tieleman and Hinton, "Lecture 6.5 – rmsprop", Coursera 2012), as PyTorch computes it.
 * @throws {InvalidArgumentError} on an option out of range.
 */
export function rmsProp({ learningRate = 1e-2, decay = 0.99, epsilon = 1e-8 }: RMSPropOptions = {}): Optimizer {
  checkLearningRate(learningRate);
  checkNumber('decay', decay, { min: 0, below: 1 });
  // Less is 0 in float32, and a weight without a gradient 0 / 0.
  checkNumber('epsilon', epsilon, { min: 2 ** -126 });
  return {
    learningRate,
    slots: ['meanSquare'],
    update(gradient, slots, rate) {
      const meanSquare = tf.add(tf.mul(slot(slots, 'meanSquare'), decay), tf.mul(tf.square(gradient), 1 - decay));
      const change = tf.mul(tf.div(gradient, tf.add(tf.sqrt(meanSquare), epsilon)), -rate);
      return { change, slots: { meanSquare } };
    },
  };
}

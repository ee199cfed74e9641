import * as tf from '@tensorflow/tfjs';
import { checkNumber } from '../errors.js';
import { nativeBackend } from '../graph/run/tensorflow/nativeBinding.js';
import { checkLearningRate } from './learningRate.js';
import { nativeAdam } from './nativeAdam.js';
import type { LearningRate, Optimizer } from './Optimizer.js';
import { slot } from './slot.js';

// Less is 0 in float32, and a weight without a gradient 0 / 0.
const SMALLEST = 2 ** -126;

/** Options of `adam`. */
export interface AdamOptions {
  /** Default 1e-3. */
  learningRate?: LearningRate;
  /** Decay of the mean of gradients. Default 0.9. */
  beta1?: number;
  /** Decay of the mean of squared gradients. Default 0.999. */
  beta2?: number;
  /** Added to the root in the denominator. Default 1e-8. */
  epsilon?: number;
}

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1), as PyTorch computes it.
 * @throws {InvalidArgumentError} on an option out of range.
 */
export function adam({ learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}): Optimizer {
  checkLearningRate(learningRate);
  checkNumber('beta1', beta1, { min: 0, below: 1 });
  checkNumber('beta2', beta2, { min: 0, below: 1 });
  checkNumber('epsilon', epsilon, { min: SMALLEST });
  return {
    learningRate,
    slots: ['mean', 'meanSquare'],
    update(gradient, slots, rate, step) {
      const correction = Math.sqrt(1 - beta2 ** step);
      const stepSize = rate / (1 - beta1 ** step);
      const backend = nativeBackend();
      if (backend && epsilon * correction >= SMALLEST) {
        const given = { gradient, mean: slot(slots, 'mean'), meanSquare: slot(slots, 'meanSquare') };
        const scaled = { rate: stepSize * correction, epsilon: epsilon * correction };
        const { change, ...newSlots } = nativeAdam(backend, { ...given, ...scaled, beta1, beta2 });
        return { change, slots: newSlots };
      }
      const mean = tf.add(tf.mul(slot(slots, 'mean'), beta1), tf.mul(gradient, 1 - beta1));
      const meanSquare = tf.add(tf.mul(slot(slots, 'meanSquare'), beta2), tf.mul(tf.square(gradient), 1 - beta2));
      const root = tf.add(tf.mul(tf.sqrt(meanSquare), 1 / correction), epsilon);
      return { change: tf.mul(tf.div(mean, root), -stepSize), slots: { mean, meanSquare } };
    },
  };
}

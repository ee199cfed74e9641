import type * as tf from '@tensorflow/tfjs';
import { checkNumber } from '../errors.js';
import { exactly, type Groups } from '../graph/Groups.js';
import type { Operations } from '../graph/Interpreter.js';
import { withEngine } from '../model/network/computeNetwork.js';
import type { Engine } from '../model/network/Engine.js';
import type { AdamStep } from './AdamKernel.js';
import { checkLearningRate } from './learningRate.js';
import type { LearningRate, Optimizer } from './Optimizer.js';
import { slot } from './slot.js';

// Less is 0 in float32, and a weight without a gradient 0 / 0.
const SMALLEST = 2 ** -126;

/** What Adam without an L2 penalty does in a step, by its `update`: an optimizer that is made of it, but for that, is not Adam. */
const steps = new WeakMap<Optimizer['update'], (learningRate: number, step: number) => AdamStep>();

/** With more, weights would change their sign at a learning rate of 1e-3, and leave float32 at larger ones. */
const MOST_DECAY = 1000;

/** Options of `adam`. */
export interface AdamOptions {
  /** Default 1e-3. */
  learningRate?: LearningRate | undefined;
  /** Decay of the mean of gradients. Default 0.9. */
  beta1?: number | undefined;
  /** Decay of the mean of squared gradients. Default 0.999. */
  beta2?: number | undefined;
  /** Added to the root in the denominator. Default 1e-8. */
  epsilon?: number | undefined;
  /**
   * An L2 penalty on all weights, biases too: so much of a weight is added to its gradient, after that was clipped, before the means see it
   * (`weight_decay` of PyTorch's Adam; Melis, Kočiský and Blunsom, “Mogrifier LSTM”, 2020, take 2.6e-4 with `beta1` 0). 0 to 1,000. Default 0.
   */
  l2?: number | undefined;
}

/** Options of `adamW`. */
export interface AdamWOptions extends AdamOptions {
  /** The share that a step takes from each weight, times the learning rate: 0 to 1,000. Default 0.01. */
  weightDecay?: number | undefined;
}

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1), as PyTorch computes it.
 * @throws {InvalidArgumentError} on an option out of range.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamWith(options, 0);
}

/**
 * Adam with weight decay beside the gradient (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019), as PyTorch's AdamW
 * computes it: every weight, biases too, loses `learningRate · weightDecay` of itself in a step.
 * @throws {InvalidArgumentError} on an option out of range.
 */
export function adamW({ weightDecay = 0.01, ...options }: AdamWOptions = {}): Optimizer {
  return adamWith(options, checkNumber('weightDecay', weightDecay, { min: 0, max: MOST_DECAY }));
}

/** The numbers of a step of an optimizer, counted from 1, if it is Adam or AdamW without an L2 penalty, for `AdamKernel`. */
export function adamStepsOf({ update }: Optimizer): ((learningRate: number, step: number) => AdamStep) | undefined {
  return steps.get(update);
}

function adamWith(
  { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, l2 = 0 }: AdamOptions,
  weightDecay: number,
): Optimizer {
  checkLearningRate(learningRate);
  checkNumber('beta1', beta1, { min: 0, below: 1 });
  checkNumber('beta2', beta2, { min: 0, below: 1 });
  checkNumber('epsilon', epsilon, { min: SMALLEST });
  checkNumber('l2', l2, { min: 0, max: MOST_DECAY });
  const ofStep = (rate: number, step: number): AdamStep => {
    // Both corrections of bias at once, in numbers.
    const correction = Math.sqrt(1 - beta2 ** step);
    const scaledRate = (rate / (1 - beta1 ** step)) * correction;
    const kept = 1 - rate * weightDecay;
    return { beta1, beta2, epsilon: Math.max(epsilon * correction, SMALLEST), scaledRate, kept };
  };
  const optimizer: Optimizer = {
    learningRate,
    slots: ['mean', 'meanSquare'],
    update(gradient, slots, rate, step, weight) {
      const { epsilon, scaledRate } = ofStep(rate, step);
      const numbers = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon, -scaledRate];
      const decay = weightDecay === 0 ? [] : [[weight, -rate * weightDecay] as const];
      return withEngine(<T>(engine: Engine<T>) => {
        const scalar = (value: number): T => engine.floats([], Float32Array.of(value));
        const given = {
          tensors: [gradient, slot(slots, 'mean'), slot(slots, 'meanSquare')].map((tensor) => engine.valueOf(tensor)),
          numbers: numbers.map(scalar),
          decay: decay.flatMap(([tensor, factor]) => [engine.valueOf(tensor), scalar(factor)]),
          penalty: l2 === 0 ? [] : [engine.valueOf(weight), scalar(l2)],
        };
        const name = `adam${decay.length > 0 ? 'W' : ''}${l2 === 0 ? '' : ', L2'}`;
        const { updated } = engine.run(adam, name, given, adamStep);
        const tensors = updated.map((value) => engine.tensor<tf.Tensor>(value, gradient.shape));
        const [change, mean, meanSquare] = exactly(3, tensors);
        return { change, slots: { mean, meanSquare } };
      });
    },
  };
  if (l2 === 0) steps.set(optimizer.update, ofStep);
  return optimizer;
}

/** m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², change = −rate·m / (√v + ε), and where weights decay, − what they lose. */
function adamStep<T>(
  on: Operations<T>,
  { tensors, numbers, decay, penalty }: Groups<T, 'tensors' | 'numbers' | 'decay' | 'penalty'>,
): Groups<T, 'updated'> {
  const [ofLoss, oldMean, oldMeanSquare] = exactly(3, tensors);
  const [penalized, l2] = penalty;
  const gradient = penalized === undefined || l2 === undefined ? ofLoss : on.add(ofLoss, on.multiply(penalized, l2));
  const [beta1, ofGradient, beta2, ofSquare, epsilon, minusRate] = exactly(6, numbers);
  const mean = on.add(on.multiply(oldMean, beta1), on.multiply(gradient, ofGradient));
  const square = on.multiply(on.multiply(gradient, gradient), ofSquare);
  const meanSquare = on.add(on.multiply(oldMeanSquare, beta2), square);
  const change = on.multiply(on.divide(mean, on.add(on.squareRoot(meanSquare), epsilon)), minusRate);
  const [weight, factor] = decay;
  const all = weight === undefined || factor === undefined ? change : on.add(change, on.multiply(weight, factor));
  return { updated: [all, mean, meanSquare] };
}

import type * as tf from '@tensorflow/tfjs';
import { invalid } from '../errors.js';

/** How far a training is. */
export interface Progress {
  /** Steps made so far: 0 at the first. */
  readonly step: number;
  /** Seconds of training so far, the pipeline's work counted, what `afterEach` of `epochs` does not. */
  readonly seconds: number;
}

/** A constant learning rate or a schedule. */
export type LearningRate = number | ((progress: Progress) => number);

/** What an optimizer keeps for one weight from step to step, by name; each of the weight's shape. */
export type Slots = Readonly<Record<string, tf.Tensor>>;

/** A gradient-based optimizer: a pure function from gradient, slots and weight to the change of the weight and new slots. */
export interface Optimizer {
  /** A number, or a schedule that is asked before each step. */
  readonly learningRate: LearningRate;
  /** Names of its slots, which begin as zeros. */
  readonly slots: readonly string[];
  /** What to add to a weight. `step` counts from 1. Called inside `tf.tidy`. */
  update(
    gradient: tf.Tensor,
    slots: Slots,
    learningRate: number,
    step: number,
    weight: tf.Tensor,
  ): { change: tf.Tensor; slots: Slots };
}

/**
 * Checks that a value is an optimizer.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkOptimizer(optimizer: Optimizer): void {
  const { slots, update }: Partial<Optimizer> = optimizer ?? {};
  const hasSlots = Array.isArray(slots) && slots.every((name) => typeof name === 'string');
  if (!hasSlots || typeof update !== 'function')
    throw invalid('optimizer', 'an Optimizer, such as adam() or sgd()', optimizer);
}

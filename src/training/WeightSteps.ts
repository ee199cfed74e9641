import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { Named } from '../model/mapValues.js';

/** Steps of an optimizer for one weight, with what it keeps from step to step. */
export interface WeightSteps {
  /** Assigns the weight what it is after a step; `step` counts from 1. Called inside `tf.tidy`. */
  update(weight: Variable, gradient: Tensor, learningRate: number, step: number): void;
  /** What is kept, by the names of the optimizer's slots; the caller disposes of it. */
  slots(): Named<Tensor>;
  /** Frees what is kept. */
  dispose(): void;
}

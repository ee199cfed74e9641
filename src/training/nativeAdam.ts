import type * as tf from '@tensorflow/tfjs';
import { type Id, NativeOperations } from '../model/kernels/NativeOperations.js';
import type { NativeBackend } from '../model/kernels/nativeBinding.js';

/** What one update of Adam needs, bias corrections included in `rate` and `epsilon`. */
export interface NativeAdamStep {
  readonly gradient: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly meanSquare: tf.Tensor;
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², change = −rate·m / (√v + ε), in one call.
 */
export function nativeAdam(
  backend: NativeBackend,
  { gradient, mean, meanSquare, rate, beta1, beta2, epsilon }: NativeAdamStep,
): { change: tf.Tensor; mean: tf.Tensor; meanSquare: tf.Tensor } {
  return NativeOperations.within(backend, (native) => {
    const number = (value: number): Id => native.floats([], Float32Array.of(value));
    const tensors = {
      gradient: native.idOf(gradient),
      mean: native.idOf(mean),
      meanSquare: native.idOf(meanSquare),
    };
    const numbers = {
      ...{ beta1: number(beta1), ofGradient: number(1 - beta1) },
      ...{ beta2: number(beta2), ofSquare: number(1 - beta2) },
      ...{ epsilon: number(epsilon), minusRate: number(-rate) },
    };
    const { updated } = native.run('adam', { tensors, numbers }, (graph, { tensors, numbers }) => {
      const { gradient } = tensors;
      const { beta1, ofGradient, beta2, ofSquare, epsilon, minusRate } = numbers;
      const mean = graph.add(graph.multiply(tensors.mean, beta1), graph.multiply(gradient, ofGradient));
      const square = graph.multiply(graph.multiply(gradient, gradient), ofSquare);
      const meanSquare = graph.add(graph.multiply(tensors.meanSquare, beta2), square);
      const root = graph.add(graph.squareRoot(meanSquare), epsilon);
      return { updated: { mean, meanSquare, change: graph.multiply(graph.divide(mean, root), minusRate) } };
    });
    return {
      change: native.tensor(updated.change, gradient.shape),
      mean: native.tensor(updated.mean, gradient.shape),
      meanSquare: native.tensor(updated.meanSquare, gradient.shape),
    };
  });
}

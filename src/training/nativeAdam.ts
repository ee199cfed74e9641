import type * as tf from '@tensorflow/tfjs';
import type { Groups } from '../graph/Groups.js';
import type { Operations } from '../graph/Interpreter.js';
import type { NativeBackend } from '../graph/run/tensorflow/nativeBinding.js';
import { NativeEngine } from '../model/network/NativeEngine.js';

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
  const native = new NativeEngine(backend);
  try {
    const numbers = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon, -rate];
    const given = {
      tensors: [gradient, mean, meanSquare].map((tensor) => native.valueOf(tensor)),
      numbers: numbers.map((value) => native.floats([], Float32Array.of(value))),
    };
    const { updated = [] } = native.run(nativeAdam, 'adam', given, <T>(on: Operations<T>, all: Groups<T>) => {
      const [gradient, mean, meanSquare] = all['tensors'] as readonly [T, T, T];
      const [beta1, ofGradient, beta2, ofSquare, epsilon, minusRate] = all['numbers'] as readonly [T, T, T, T, T, T];
      const newMean = on.add(on.multiply(mean, beta1), on.multiply(gradient, ofGradient));
      const square = on.multiply(on.multiply(gradient, gradient), ofSquare);
      const newMeanSquare = on.add(on.multiply(meanSquare, beta2), square);
      const root = on.add(on.squareRoot(newMeanSquare), epsilon);
      return { updated: [on.multiply(on.divide(newMean, root), minusRate), newMean, newMeanSquare] };
    });
    const [change, newMean, newMeanSquare] = updated.map((id) => native.tensor(id, gradient.shape)) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    return { change, mean: newMean, meanSquare: newMeanSquare };
  } finally {
    native.close();
  }
}

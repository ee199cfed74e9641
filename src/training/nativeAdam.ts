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
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², change = −rate·m / (√v + ε), in one pass over memory: TensorFlow's
 * `ResourceApplyAdam` on variables that live only here.
 */
export function nativeAdam(
  backend: NativeBackend,
  { gradient, mean, meanSquare, rate, beta1, beta2, epsilon }: NativeAdamStep,
): { change: tf.Tensor; mean: tf.Tensor; meanSquare: tf.Tensor } {
  return NativeOperations.within(backend, (native) => {
    const given = {
      change: native.zeros(gradient.shape),
      mean: native.idOf(mean),
      meanSquare: native.idOf(meanSquare),
    };
    const variables: Id[] = [];
    try {
      for (const [name, value] of Object.entries(given)) variables.push(native.variable(`adam.${name}`, value));
      // The powers of β are 0: the corrections are in the rate.
      const numbers = [0, 0, rate, beta1, beta2, epsilon].map((value) => native.floats([], Float32Array.of(value)));
      native.applyAdam([...variables, ...numbers, native.idOf(gradient)]);
      const [change, newMean, newMeanSquare] = variables.map((variable) =>
        native.tensor(native.valueOf(variable), gradient.shape),
      ) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { change, mean: newMean, meanSquare: newMeanSquare };
    } finally {
      for (const variable of variables) native.destroyVariable(variable);
    }
  });
}

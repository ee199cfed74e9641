import type { Tensor } from '@tensorflow/tfjs';
import { nativeBackend } from '../graph/run/tensorflow/nativeBinding.js';
import { NativeEngine } from '../model/network/NativeEngine.js';
import { tf } from '../tf.js';

/** Euclidean norm of all gradients together. */
export function globalNorm(gradients: readonly Tensor[]): number {
  const backend = nativeBackend();
  if (!backend)
    return tf.tidy(
      () => tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient))))).dataSync()[0] ?? NaN,
    );
  const native = new NativeEngine(backend);
  try {
    const halves = gradients.map(
      (gradient) => native.numbers(native.halfSquaredNorm(native.valueOf(gradient)))[0] ?? NaN,
    );
    return Math.sqrt(2 * halves.reduce((sum, half) => sum + half, 0));
  } finally {
    native.close();
  }
}

/** What gradients of a norm are multiplied by so that it is at most `clipNorm`: `clip_grad_norm_` of PyTorch. */
export function clippingFactor(norm: number, clipNorm: number): number {
  return Math.min(1, clipNorm / (norm + 1e-6));
}

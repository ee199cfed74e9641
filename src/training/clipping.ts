import * as tf from '@tensorflow/tfjs';

/** Euclidean norm of all gradients together. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient)))));
}

/** What gradients of a norm are multiplied by so that it is at most `clipNorm`: `clip_grad_norm_` of PyTorch. */
export function clippingFactor(norm: number, clipNorm: number): number {
  return Math.min(1, clipNorm / (norm + 1e-6));
}

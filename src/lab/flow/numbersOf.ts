import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';

/**
 * The numbers of a tensor that is made for them, and freed with everything on the way to it. (Returned from `tf.tidy`, an
 * array would be searched for tensors, number by number: for a million numbers, a tenth of a second.)
 */
export function numbersOf(make: () => Tensor): Float32Array {
  const tensor = tf.tidy(make);
  try {
    return tensor.dataSync() as Float32Array;
  } finally {
    tensor.dispose();
  }
}

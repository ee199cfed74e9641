import * as tf from '@tensorflow/tfjs';
import { random } from '../random.js';

/** Where in a run a dropout mask belongs; the same place gives the same mask. */
export interface DropoutPlace {
  readonly epoch: number;
  readonly index: number;
}

/**
 * Sets a share `rate` of the numbers to zero and scales the rest by 1/(1 − rate), so that the expectation stays (Hinton
 * et al. 2012). The mask is a function of seed, place and layer; the rate is first rounded to a multiple of 2⁻¹⁶.
 */
export function dropout(
  values: tf.Tensor2D,
  rate: number,
  seed: number,
  place: DropoutPlace,
  layer: number,
): tf.Tensor2D {
  if (rate === 0) return values;
  const { bits } = random(seed, `dropout.${place.epoch}.${place.index}.${layer}`);
  const threshold = Math.round(rate * 0x10000);
  const scale = 0x10000 / (0x10000 - threshold);
  const mask = new Float32Array(values.size);
  for (let at = 0; at < mask.length; at += 2) {
    const drawn = bits(at >> 1);
    mask[at] = (drawn & 0xffff) < threshold ? 0 : scale;
    mask[at + 1] = drawn >>> 16 < threshold ? 0 : scale;
  }
  return tf.mul(values, tf.tensor2d(mask, values.shape));
}

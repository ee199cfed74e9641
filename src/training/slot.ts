import type * as tf from '@tensorflow/tfjs';
import type { Slots } from './Optimizer.js';

/** The slot of a name; whoever calls an optimizer gives it all that it named. */
export function slot(slots: Slots, name: string): tf.Tensor {
  const found = slots[name];
  if (!found) throw new TypeError(`Expected slot ${name}, got slots ${Object.keys(slots).join(', ')}`);
  return found;
}

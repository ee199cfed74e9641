import type { Tensor } from '@tensorflow/tfjs';
import type { Named } from '../../model/mapValues.js';
import { tf } from '../../tf.js';

/** Memory for so many float32 that threads share. */
export function sharedNumbers(count: number): Float32Array<SharedArrayBuffer> {
  return new Float32Array(new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT));
}

/** How many numbers tensors hold together. */
export function countOf(tensors: Named<Tensor>): number {
  return Object.values(tensors).reduce((sum, { size }) => sum + size, 0);
}

/** Writes tensors one after the other, in the order in which `order` names them. */
export function writeTensors(tensors: Named<Tensor>, order: Named<Tensor>, to: Float32Array): void {
  let at = 0;
  for (const [name, { size }] of Object.entries(order)) {
    to.set((tensors[name]?.dataSync() ?? []) as Float32Array, at);
    at += size;
  }
}

/**
 * Reads tensors of the names and shapes of `like`, one after the other; the caller disposes of them, before the numbers change:
 * a tensor may keep the memory that it is made of.
 */
export function readTensors(from: Float32Array, like: Named<Tensor>): Named<Tensor> {
  let at = 0;
  const read = Object.entries(like).map(([name, { size, shape }]) => {
    const tensor = tf.tensor(from.subarray(at, at + size), shape);
    at += size;
    return [name, tensor] as const;
  });
  return Object.fromEntries(read);
}

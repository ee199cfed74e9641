import { ClusterError } from '../../errors.js';

/**
 * The mean of weights, each as heavy as its steps; added up in their order, in float64, so that the mean of one is that one to the bit.
 * @throws {ClusterError} when there are none.
 */
export function meanOf(all: readonly (readonly [steps: number, values: Float32Array])[]): Float32Array {
  const [first, ...others] = all;
  if (!first) throw new ClusterError('Expected weights to take the mean of, got none');
  const total = all.reduce((steps, [some]) => steps + some, 0);
  const mean = new Float32Array(first[1].length);
  for (let at = 0; at < mean.length; at++) {
    // Not from 0 on, which would make −0 to 0.
    let sum = first[0] * (first[1][at] ?? 0);
    for (const [steps, values] of others) sum += steps * (values[at] ?? 0);
    mean[at] = sum / total;
  }
  return mean;
}

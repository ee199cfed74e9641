import { highest } from './highest.js';

/** Probabilities that are proportional to e to the log-probabilities, and sum to one; at least one must be above −∞. */
export function softmax(logProbabilities: Float32Array): Float64Array {
  const best = highest(logProbabilities);
  const weights = Float64Array.from(logProbabilities, (value) => Math.exp(value - best));
  const total = weights.reduce((sum, value) => sum + value, 0);
  return weights.map((value) => value / total);
}

import { highest } from './highest.js';

/** Log-probabilities, shifted so that their probabilities sum to one; at least one must be above −∞. */
export function logSoftmax(logProbabilities: Float32Array): Float64Array {
  const best = highest(logProbabilities);
  const total = logProbabilities.reduce((sum, value) => sum + Math.exp(value - best), 0);
  const shift = Math.log(total);
  return Float64Array.from(logProbabilities, (value) => value - best - shift);
}

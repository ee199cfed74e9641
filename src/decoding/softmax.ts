import { highest } from './highest.js';

/**
 * Probabilities that are proportional to e to the log-probabilities, and sum to one; at least one must be above −∞. They are written to
 * `probabilities`, where that is given.
 */
export function softmax(
  logProbabilities: Float32Array,
  probabilities = new Float64Array(logProbabilities.length),
): Float64Array<ArrayBuffer> {
  const best = highest(logProbabilities);
  let total = 0;
  for (let id = 0; id < probabilities.length; id++) {
    const weight = Math.exp((logProbabilities[id] as number) - best);
    probabilities[id] = weight;
    total += weight;
  }
  for (let id = 0; id < probabilities.length; id++) probabilities[id] = (probabilities[id] as number) / total;
  return probabilities;
}

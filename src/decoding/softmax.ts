import { highest } from './highest.js';

/** Probabilities that are proportional to e to the log-probabilities, and sum to one; at least one must be above −∞. */
export function softmax(logProbabilities: Float32Array): Float64Array {
  const best = highest(logProbabilities);
  const probabilities = new Float64Array(logProbabilities.length);
  let total = 0;
  for (let id = 0; id < probabilities.length; id++) {
    const weight = Math.exp((logProbabilities[id] as number) - best);
    probabilities[id] = weight;
    total += weight;
  }
  for (let id = 0; id < probabilities.length; id++) probabilities[id] = (probabilities[id] as number) / total;
  return probabilities;
}

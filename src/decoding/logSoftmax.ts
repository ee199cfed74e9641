import { highest } from './highest.js';

/** Log-probabilities, shifted so that their probabilities sum to one; at least one must be above −∞. */
export function logSoftmax(logProbabilities: ArrayLike<number>): Float64Array {
  const best = highest(logProbabilities);
  let total = 0;
  for (let id = 0; id < logProbabilities.length; id++) total += Math.exp((logProbabilities[id] as number) - best);
  const shift = Math.log(total);
  return Float64Array.from(logProbabilities, (value) => value - best - shift);
}

import { highest } from './highest.js';

/** The logarithm of the sum of the probabilities that `logProbabilities` stand for; at least one must be above −∞. */
export function logSumExp(logProbabilities: ArrayLike<number>): number {
  const best = highest(logProbabilities);
  let total = 0;
  for (let id = 0; id < logProbabilities.length; id++) total += Math.exp((logProbabilities[id] as number) - best);
  return best + Math.log(total);
}

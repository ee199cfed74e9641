import { checkNumber } from '../../errors.js';
import { highest } from '../highest.js';
import type { LogProbabilityProcessor } from '../LogProbabilityProcessor.js';

/**
 * Keeps the tokens whose probability is at least p times that of the most probable one (Nguyen et al., "Turning up the
 * heat: min-p sampling", 2024).
 * @throws {InvalidArgumentError} when p is not a number from 0 to 1.
 */
export function minP(p: number): LogProbabilityProcessor {
  checkNumber('minP', p, { min: 0, max: 1 });
  return (logProbabilities) => {
    const limit = highest(logProbabilities) + Math.log(p);
    for (let id = 0; id < logProbabilities.length; id++)
      if ((logProbabilities[id] as number) < limit) logProbabilities[id] = -Infinity;
  };
}

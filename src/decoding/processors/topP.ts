import { checkNumber } from '../../errors.js';
import type { LogProbabilityProcessor } from '../LogProbabilityProcessor.js';
import { softmax } from '../softmax.js';
import { idsByProbability } from './idsByProbability.js';

/**
 * Keeps the nucleus: the smallest set of most probable tokens whose probabilities sum to at least p (Holtzman et al.,
 * "The curious case of neural text degeneration", 2020). p = 1 keeps all.
 * @throws {InvalidArgumentError} when p is not above 0 and at most 1.
 */
export function topP(p: number): LogProbabilityProcessor {
  checkNumber('topP', p, { above: 0, max: 1 });
  return (logProbabilities) => {
    // Rounded, a few may sum to 1 where others are possible too.
    if (p === 1) return;
    const probabilities = softmax(logProbabilities);
    let sum = 0;
    for (const id of idsByProbability(logProbabilities)) {
      if (sum >= p) logProbabilities[id] = -Infinity;
      sum += probabilities[id] ?? 0;
    }
  };
}

import { checkNumber } from '../../errors.js';
import type { LogProbabilityProcessor } from '../LogProbabilityProcessor.js';
import { LOWEST } from '../lowest.js';

/**
 * Makes tokens that stand in the prompt or in what was generated less probable: their log-probability is multiplied by
 * the penalty (Keskar et al., "CTRL", 2019, on log-probabilities, which are never above 0). No penalty excludes a token.
 * @throws {InvalidArgumentError} when the penalty is below 1.
 */
export function repetitionPenalty(penalty: number): LogProbabilityProcessor {
  checkNumber('repetitionPenalty', penalty, { min: 1 });
  return (logProbabilities, { promptIds, generatedIds }) => {
    for (const id of new Set([...promptIds, ...generatedIds])) {
      const logProbability = logProbabilities[id] ?? -Infinity;
      if (logProbability !== -Infinity) logProbabilities[id] = Math.max(LOWEST, logProbability * penalty);
    }
  };
}

import { checkNumber } from '../../errors.js';
import { highest } from '../highest.js';
import type { LogProbabilityProcessor } from '../LogProbabilityProcessor.js';
import { logSumExp } from '../logSumExp.js';
import { LOWEST } from '../lowest.js';

/**
 * Divides log-probabilities by the temperature: below 1 likely tokens become likelier, above 1 all become more alike, and 1
 * changes nothing. What the probabilities sum to stays as it is, and no temperature excludes a token.
 * @throws {InvalidArgumentError} when it is not a positive number.
 */
export function temperature(value: number): LogProbabilityProcessor {
  checkNumber('temperature', value, { above: 0 });
  return (logProbabilities) => {
    if (value === 1) return;
    const before = logSumExp(logProbabilities);
    // Relative to the highest, so that even next to temperature 0 that one does not overflow.
    const best = highest(logProbabilities);
    const divided = new Float64Array(logProbabilities.length);
    for (let id = 0; id < divided.length; id++) divided[id] = ((logProbabilities[id] as number) - best) / value;
    const shift = before - logSumExp(divided);
    for (let id = 0; id < divided.length; id++)
      if (logProbabilities[id] !== -Infinity) logProbabilities[id] = Math.max(LOWEST, (divided[id] as number) + shift);
  };
}

import { checkNumber } from '../../errors.js';
import { highest } from '../highest.js';
import type { LogProbabilityProcessor } from '../LogProbabilityProcessor.js';

/**
 * Divides log-probabilities by the temperature: below 1 likely tokens become likelier, above 1 all become more alike.
 * The highest one becomes 0, so that even next to temperature 0 it does not overflow.
 * @throws {InvalidArgumentError} when it is not a positive number.
 */
export function temperature(value: number): LogProbabilityProcessor {
  checkNumber('temperature', value, { above: 0 });
  return (logProbabilities) => {
    const best = highest(logProbabilities);
    for (let id = 0; id < logProbabilities.length; id++)
      logProbabilities[id] = ((logProbabilities[id] as number) - best) / value;
  };
}

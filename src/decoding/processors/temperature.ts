import { checkNumber } from '../../errors.js';
import type { LogProbabilityProcessor } from '../LogProbabilityProcessor.js';

/**
 * Divides log-probabilities by the temperature: below 1 likely tokens become likelier, above 1 all become more alike.
 * @throws {InvalidArgumentError} when it is not a positive number.
 */
export function temperature(value: number): LogProbabilityProcessor {
  checkNumber('temperature', value, { above: 0 });
  return (logProbabilities) => logProbabilities.map((logProbability) => logProbability / value);
}

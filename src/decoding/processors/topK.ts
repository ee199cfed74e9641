import { checkNumber } from '../../errors.js';
import type { LogProbabilityProcessor } from '../LogProbabilityProcessor.js';
import { idsByProbability } from './idsByProbability.js';

/**
 * Keeps the k most probable tokens (Fan, Lewis and Dauphin 2018); among equals, the lower id.
 * @throws {InvalidArgumentError} when k is not a positive integer.
 */
export function topK(k: number): LogProbabilityProcessor {
  checkNumber('topK', k, { integer: true, min: 1 });
  return (logProbabilities) => {
    for (const id of idsByProbability(logProbabilities).slice(k)) logProbabilities[id] = -Infinity;
  };
}

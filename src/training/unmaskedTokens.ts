import { invalid } from '../errors.js';
import type { Batch } from '../pipeline/Batch.js';

/**
 * Σ mask: what the loss of a batch is divided by.
 * @throws {InvalidArgumentError} when it has no mask.
 */
export function unmaskedTokens({ mask }: Batch): number {
  if (!(mask instanceof Float32Array)) throw invalid("a batch's mask", 'a Float32Array', mask);
  return mask.reduce((sum, unmasked) => sum + unmasked, 0);
}

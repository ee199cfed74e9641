import type { Batch } from '../pipeline/Batch.js';

/** Σ mask: what the loss of a batch is divided by. */
export function unmaskedTokens({ mask }: Batch): number {
  return mask.reduce((sum, unmasked) => sum + unmasked, 0);
}

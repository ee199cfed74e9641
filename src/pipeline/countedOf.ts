import type { Batch } from './Batch.js';

/**
 * Takes a batch of text that goes on apart into what counts of each row: neither padding nor what a row read to warm up.
 *
 *     { ids: [7, 9, 8, 1], mask: [0, 1, 1, 1], size: 2, … } ──▶ countedOf ──▶ [8], [9, 1]
 */
export function* countedOf({ ids, mask, size }: Batch): Generator<Int32Array> {
  for (let row = 0; row < size; row++) yield ids.filter((_, place) => place % size === row && mask[place] !== 0);
}

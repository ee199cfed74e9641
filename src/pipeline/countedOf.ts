import type { Batch } from './Batch.js';

/**
 * Takes a batch of text that goes on apart into what counts of each row: neither padding nor what a row read to warm up.
 *
 *     { ids: [7, 9, 8, 1], mask: [0, 1, 1, 1], size: 2, … } ──▶ countedOf ──▶ [8], [9, 1]
 */
export function* countedOf({ ids, mask, size, length }: Batch): Generator<Int32Array> {
  for (let row = 0; row < size; row++) {
    const counted = new Int32Array(length);
    let count = 0;
    for (let place = row; place < ids.length; place += size)
      if (mask[place] !== 0) counted[count++] = ids[place] as number;
    yield counted.subarray(0, count);
  }
}

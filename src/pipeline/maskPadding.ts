import { map, type OperatorFunction } from 'rxjs';
import type { Batch, PaddedBatch } from './Batch.js';

/**
 * Adds the mask: 1 where there is a token (EOS counts), 0 on padding.
 *
 *     { ids: [7, 9, 8, 1, 1, 0], … } ──▶ maskPadding() ──▶ { ids: [7, 9, 8, 1, 1, 0], mask: [1, 1, 1, 1, 1, 0], … }
 */
export function maskPadding(): OperatorFunction<PaddedBatch, Batch> {
  return map((batch) => {
    const { size, length, lengths } = batch;
    const mask = new Float32Array(length * size).fill(1);
    for (let column = 0; column < size; column++)
      for (let time = lengths[column] as number; time < length; time++) mask[time * size + column] = 0;
    return { ...batch, mask };
  });
}

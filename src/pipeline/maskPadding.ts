import { map, type OperatorFunction } from 'rxjs';
import type { Batch, PaddedBatch } from './Batch.js';

/**
 * Adds the mask: 1 where there is a token (EOS counts), 0 on padding.
 *
 *     { ids: [7, 9, 8, 1, 1, 0], … } ──▶ maskPadding() ──▶ { ids: [7, 9, 8, 1, 1, 0], mask: [1, 1, 1, 1, 1, 0], … }
 */
export function maskPadding(): OperatorFunction<PaddedBatch, Batch> {
  return map((batch) => {
    const mask = new Float32Array(batch.length * batch.size);
    for (let time = 0, at = 0; time < batch.length; time++)
      for (const length of batch.lengths) mask[at++] = time < length ? 1 : 0;
    return { ...batch, mask };
  });
}

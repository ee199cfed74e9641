import { map, type OperatorFunction } from 'rxjs';
import { PAD_ID } from '../text/Tokenizer.js';
import type { PaddedBatch, SequenceGroup } from './Batch.js';

/**
 * Makes one time-major rectangle of each group of sequences, padded with id 0.
 *
 *     [[7, 8, 1], [9, 1]] ──▶ padBatch() ──▶ { ids: [7, 9, 8, 1, 1, 0], lengths: [3, 2], size: 2, length: 3, tokens: 5 }
 */
export function padBatch(): OperatorFunction<SequenceGroup, PaddedBatch> {
  return map((group) => {
    const size = group.length;
    const lengths = Int32Array.from(group, (sequence) => sequence.length);
    const length = lengths.reduce((longest, n) => Math.max(longest, n), 0);
    const ids = new Int32Array(length * size).fill(PAD_ID);
    group.forEach((sequence, column) => {
      sequence.forEach((id, time) => {
        ids[time * size + column] = id;
      });
    });
    return { ids, lengths, size, length, tokens: lengths.reduce((sum, n) => sum + n, 0) };
  });
}

import type { Sequence } from '../text/Tokenizer.js';
import type { PaddedBatch } from './Batch.js';

/**
 * Takes a batch apart into its sequences, without the padding.
 *
 *     { ids: [7, 9, 8, 1, 1, 0], lengths: [3, 2], … } ──▶ sequencesOf ──▶ [7, 8, 1], [9, 1]
 */
export function* sequencesOf({ ids, lengths, size }: PaddedBatch): Generator<Sequence> {
  for (const [column, length] of lengths.entries())
    yield Int32Array.from({ length }, (_, time) => ids[time * size + column] ?? 0) as Sequence;
}

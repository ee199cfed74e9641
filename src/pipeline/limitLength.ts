import { type MonoTypeOperatorFunction, mergeMap } from 'rxjs';
import { checkNumber, checkOneOf } from '../errors.js';
import type { Sequence } from '../text/Tokenizer.js';

/** What `limitLength` did so far, in sequences; it adds to the numbers it finds. */
export interface LengthLimitStats {
  split: number;
  truncated: number;
  dropped: number;
}

/** Options of `limitLength`. */
export interface LengthLimitOptions {
  /** The most tokens a sequence may have, EOS counted. */
  maxLength: number;
  /**
   * What happens to longer ones. `split` (default): cut into runs of `maxLength`; only the last one ends in EOS, since
   * the sentence ends nowhere else. `truncate`: the first `maxLength` tokens remain, without EOS. `drop`: left out.
   */
  onLong?: 'split' | 'truncate' | 'drop';
  /** Counts what was done. */
  stats?: LengthLimitStats;
}

/**
 * Keeps sequences from being longer than `maxLength` tokens.
 *
 *     [5, 6, 7, 8, 1] ──▶ limitLength({ maxLength: 2 }) ──▶ [5, 6], [7, 8], [1]
 *
 * @throws {InvalidArgumentError} when `maxLength` is not a positive integer or `onLong` not one of the three.
 */
export function limitLength({
  maxLength,
  onLong = 'split',
  stats = { split: 0, truncated: 0, dropped: 0 },
}: LengthLimitOptions): MonoTypeOperatorFunction<Sequence> {
  checkNumber('maxLength', maxLength, { integer: true, min: 1 });
  checkOneOf('onLong', onLong, ['split', 'truncate', 'drop']);
  return mergeMap((sequence) => {
    if (sequence.length <= maxLength) return [sequence];
    if (onLong === 'drop') {
      stats.dropped++;
      return [];
    }
    if (onLong === 'truncate') {
      stats.truncated++;
      return [sequence.subarray(0, maxLength) as Sequence];
    }
    stats.split++;
    return runs(sequence, maxLength);
  });
}

function* runs(sequence: Sequence, length: number): Generator<Sequence> {
  for (let start = 0; start < sequence.length; start += length)
    yield sequence.subarray(start, start + length) as Sequence;
}

import { type MonoTypeOperatorFunction, mergeMap } from 'rxjs';
import { checkNumber, checkOneOf } from '../errors.js';
import type { Sequence } from '../text/Tokenizer.js';

/** What `limitLength` did so far, in sequences; it adds to the numbers it finds. */
export interface LengthLimitStats {
  /** Cut into several. */
  split: number;
  /** Of which only the beginning was kept. */
  truncated: number;
  /** Left out. */
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
  onLong?: 'split' | 'truncate' | 'drop' | undefined;
  /** Counts what was done. */
  stats?: LengthLimitStats | undefined;
}

/**
 * Keeps sequences from being longer than `maxLength` tokens.
 *
 *     [5, 6, 7, 8, 1] ──▶ limitLength({ maxLength: 2 }) ──▶ [5, 6], [7, 8], [1]
 *
 * @throws {InvalidArgumentError} when `maxLength` is not a positive integer, `onLong` not one of the three, or a number of
 *   `stats` none.
 */
export function limitLength({
  maxLength,
  onLong = 'split',
  stats = { split: 0, truncated: 0, dropped: 0 },
}: LengthLimitOptions): MonoTypeOperatorFunction<Sequence> {
  checkNumber('maxLength', maxLength, { integer: true, min: 1 });
  checkOneOf('onLong', onLong, ['split', 'truncate', 'drop']);
  for (const name of ['split', 'truncated', 'dropped'] as const) checkNumber(`stats.${name}`, stats?.[name]);
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

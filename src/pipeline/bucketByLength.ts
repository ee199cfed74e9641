import { concat, defer, mergeMap, type OperatorFunction } from 'rxjs';
import { checkNumber, checkOneOf, InvalidArgumentError } from '../errors.js';
import type { Sequence } from '../text/Tokenizer.js';
import type { SequenceGroup } from './Batch.js';
import { checkIds } from './checkIds.js';
import { LengthPool } from './LengthPool.js';

/** Options of `bucketByLength`. */
export interface BucketOptions {
  /** The budget of a batch: size × length never exceeds it, padding and EOS counted. */
  maxTokens: number;
  /**
   * How many batches' worth of tokens wait in the pool. More means less padding, and more memory and delay before the
   * first batch. Default 64.
   */
  poolBatches?: number | undefined;
  /**
   * What happens to a sequence of more than `maxTokens`. `fail` (default): an error. `alone`: it is a batch of its own, as
   * soon as it comes, in one piece whatever memory that takes.
   */
  onLong?: 'fail' | 'alone' | undefined;
}

/**
 * Groups sequences of similar length into batches of at most `maxTokens` tokens, padding counted. Nothing is lost: at
 * completion the pool is emptied. The order of groups depends on the order of arrival, hardly on length: shuffle first.
 *
 *     [5, 1], [7, 8, 9, 1], [6, 1] ──▶ bucketByLength({ maxTokens: 4 }) ──▶ [[7, 8, 9, 1]], [[5, 1], [6, 1]]
 *
 * @throws {InvalidArgumentError} when an option is not a positive integer; (as the stream's error) when a sequence is
 *   empty, or longer than `maxTokens`: `limitLength` is for these, or `onLong`.
 * @throws {SourceError} (as the stream's error) when it is given something else than sequences.
 */
export function bucketByLength({
  maxTokens,
  poolBatches = 64,
  onLong = 'fail',
}: BucketOptions): OperatorFunction<Sequence, SequenceGroup> {
  checkNumber('maxTokens', maxTokens, { integer: true, min: 1 });
  checkNumber('poolBatches', poolBatches, { integer: true, min: 1 });
  checkOneOf('onLong', onLong, ['fail', 'alone']);
  return (source) =>
    defer(() => {
      const pool = new LengthPool(maxTokens);
      const pass = (sequence: Sequence): SequenceGroup[] => {
        checkIds('bucketByLength', sequence, 'appendEos(tokenizer)');
        if (sequence.length === 0)
          throw new InvalidArgumentError(
            'Expected sequences of tokens, got an empty one. Put appendEos before bucketByLength.',
          );
        if (sequence.length > maxTokens && onLong === 'alone') return [[sequence]];
        if (sequence.length > maxTokens)
          throw new InvalidArgumentError(
            `Expected sequences of at most maxTokens = ${maxTokens} tokens, got one of ${sequence.length}. Put limitLength({ maxLength: ${maxTokens} }) before bucketByLength.`,
          );
        pool.add(sequence);
        const groups: SequenceGroup[] = [];
        while (pool.tokens > poolBatches * maxTokens) groups.push(pool.takeOldest());
        return groups;
      };
      return concat(
        source.pipe(mergeMap(pass)),
        defer(() => pool.takeAll()),
      );
    });
}

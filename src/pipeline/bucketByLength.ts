import { Observable, type OperatorFunction } from 'rxjs';
import { checkNumber, InvalidArgumentError } from '../errors.js';
import type { Sequence } from '../text/Tokenizer.js';
import type { SequenceGroup } from './Batch.js';
import { LengthPool } from './LengthPool.js';

/** Options of `bucketByLength`. */
export interface BucketOptions {
  /** The budget of a batch: size × length never exceeds it, padding and EOS counted. */
  maxTokens: number;
  /**
   * How many batches' worth of tokens wait in the pool. More means less padding, and more memory and delay before the
   * first batch. Default 64.
   */
  poolBatches?: number;
}

/**
 * Groups sequences of similar length into batches of at most `maxTokens` tokens, padding counted. Nothing is lost: at
 * completion the pool is emptied. The order of groups depends on the order of arrival, hardly on length: shuffle first.
 *
 *     [5, 1], [7, 8, 9, 1], [6, 1] ──▶ bucketByLength({ maxTokens: 4 }) ──▶ [[5, 1], [6, 1]], [[7, 8, 9, 1]]
 *
 * @throws {InvalidArgumentError} when an option is not a positive integer; (as the stream's error) when a sequence is
 *   longer than `maxTokens`: `limitLength` is for these.
 */
export function bucketByLength({
  maxTokens,
  poolBatches = 64,
}: BucketOptions): OperatorFunction<Sequence, SequenceGroup> {
  checkNumber('maxTokens', maxTokens, { integer: true, min: 1 });
  checkNumber('poolBatches', poolBatches, { integer: true, min: 1 });
  return (source) =>
    new Observable((subscriber) => {
      const pool = new LengthPool(maxTokens);
      return source.subscribe({
        next(sequence) {
          if (sequence.length > maxTokens) {
            subscriber.error(
              new InvalidArgumentError(
                `Expected sequences of at most maxTokens = ${maxTokens} tokens, got one of ${sequence.length}. Put limitLength({ maxLength: ${maxTokens} }) before bucketByLength.`,
              ),
            );
            return;
          }
          pool.add(sequence);
          while (pool.tokens > poolBatches * maxTokens) subscriber.next(pool.takeOldest());
        },
        error: (error) => subscriber.error(error),
        complete() {
          for (const group of pool.takeAll()) subscriber.next(group);
          subscriber.complete();
        },
      });
    });
}

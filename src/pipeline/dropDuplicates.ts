import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { checkNumber } from '../errors.js';
import { checkText } from './checkText.js';
import { HashSet64 } from './HashSet64.js';

/** What `dropDuplicates` left out so far; it adds to the number it finds. */
export interface DuplicateStats {
  /** Sentences that were left out. */
  duplicates: number;
}

/** Options of `dropDuplicates`. */
export interface DuplicateOptions {
  /** Counts the sentences that were left out. */
  stats?: DuplicateStats | undefined;
}

/**
 * Passes each distinct sentence once: the first time it comes.
 *
 *     'Yes.', 'No.', 'Yes.' ──▶ dropDuplicates() ──▶ 'Yes.', 'No.'
 *
 * Keeps 64-bit hashes, not sentences: a million distinct sentences take 16.8 MB, whatever their length, and any number of
 * them 11 to 21 bytes each. A sentence that is distinct is left out with a probability of n / 2⁶⁴ after n others; that it
 * happens at all among a million sentences, of 3·10⁻⁸.
 *
 * @throws {InvalidArgumentError} when `stats` has no number of duplicates.
 * @throws {SourceError} (as the stream's error) when it is given anything but strings.
 */
export function dropDuplicates({ stats = { duplicates: 0 } }: DuplicateOptions = {}): MonoTypeOperatorFunction<string> {
  checkNumber('stats.duplicates', stats?.duplicates);
  return (source) =>
    defer(() => {
      const seen = new HashSet64();
      return source.pipe(
        filter((sentence) => {
          const isNew = seen.add(checkText('dropDuplicates', sentence));
          if (!isNew) stats.duplicates++;
          return isNew;
        }),
      );
    });
}

import { defer, type MonoTypeOperatorFunction, type Observable, Subject, tap } from 'rxjs';
import type { RecordStats } from '../sources/RecordOptions.js';
import type { PaddedBatch } from './Batch.js';
import type { DuplicateStats } from './dropDuplicates.js';
import type { LengthLimitStats } from './limitLength.js';

/** What went through a pipeline so far. */
export interface PipelineReport {
  /** Records, and damaged rests of files, that a reader left out. */
  readonly badRecords: number;
  /** Items that passed `countSentences()`. */
  readonly sentences: number;
  /** Sentences that `dropDuplicates` left out. */
  readonly duplicates: number;
  /** Sentences that `limitLength` cut into several sequences. */
  readonly split: number;
  /** Sentences of which `limitLength` kept the beginning. */
  readonly truncated: number;
  /** Sentences that `limitLength` left out. */
  readonly dropped: number;
  /** Batches that passed `countBatches()`. */
  readonly batches: number;
  /** Tokens in these batches, EOS counted, padding not. */
  readonly tokens: number;
  /** The share of all places in these batches that holds padding, from 0 to 1; 0 where there is none. */
  readonly padding: number;
  /** Seconds since the pipeline was first read. */
  readonly seconds: number;
  /** Tokens by seconds: as many as the consumer of the batches asks for, or as the pipeline can make. */
  readonly tokensPerSecond: number;
}

/**
 * Counts what goes through a pipeline, and changes nothing. Put its operators where they belong, and pass it as the
 * `stats` of `readText`, `dropDuplicates` and `limitLength`:
 *
 *     const stats = new PipelineStats();
 *     pipeline(readText(path), splitSentences(), stats.countSentences(), …, limitLength({ maxLength: 1000, stats }), …,
 *       maskPadding(), stats.countBatches());
 *     stats.reports.pipe(throttleTime(1000)).subscribe(({ tokens, padding }) => console.log(tokens, padding));
 *
 * It adds up all that comes, over however many pipelines; for numbers of one epoch, make one an epoch.
 */
export class PipelineStats implements RecordStats, DuplicateStats, LengthLimitStats {
  /** Records, and damaged rests of files, that a reader left out. */
  badRecords = 0;
  /** Sentences that `dropDuplicates` left out. */
  duplicates = 0;
  /** Sentences that `limitLength` cut into several sequences. */
  split = 0;
  /** Sentences of which `limitLength` kept the beginning. */
  truncated = 0;
  /** Sentences that `limitLength` left out. */
  dropped = 0;
  #sentences = 0;
  #batches = 0;
  #tokens = 0;
  #places = 0;
  #start: number | undefined;
  readonly #reports = new Subject<PipelineReport>();

  /** A report after each batch that passes `countBatches()`, before it goes on, and one when the batches end. */
  readonly reports: Observable<PipelineReport> = this.#reports.asObservable();

  /** An operator that counts sentences, or whatever comes. */
  countSentences<T>(): MonoTypeOperatorFunction<T> {
    return this.#count(() => {
      this.#sentences++;
    });
  }

  /** An operator that counts batches, their tokens and their padding, and makes the reports. */
  countBatches<T extends PaddedBatch>(): MonoTypeOperatorFunction<T> {
    const report = (): void => this.#reports.next(this.report());
    const count = this.#count<T>(({ tokens, size, length }) => {
      this.#batches++;
      this.#tokens += tokens;
      this.#places += size * length;
      report();
    });
    return (source) => source.pipe(count, tap({ complete: report }));
  }

  /** What went through so far. */
  report(): PipelineReport {
    const { badRecords, duplicates, split, truncated, dropped } = this;
    const [sentences, batches, tokens] = [this.#sentences, this.#batches, this.#tokens];
    const padding = this.#places === 0 ? 0 : 1 - tokens / this.#places;
    const seconds = this.#start === undefined ? 0 : (performance.now() - this.#start) / 1000;
    const tokensPerSecond = seconds === 0 ? 0 : tokens / seconds;
    const counts = { badRecords, sentences, duplicates, split, truncated, dropped, batches, tokens };
    return { ...counts, padding, seconds, tokensPerSecond };
  }

  #count<T>(count: (item: T) => void): MonoTypeOperatorFunction<T> {
    return (source) =>
      defer(() => {
        this.#start ??= performance.now();
        return source.pipe(tap(count));
      });
  }
}

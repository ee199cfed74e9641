import { checkNumber, checkOneOf, checkString } from '../errors.js';
import { checkContent } from './formats.js';

/** What readers count; they add to the number they find. */
export interface RecordStats {
  /** Records that were left out since they hold no text, and files, or rests of files, that were since they are damaged. */
  badRecords: number;
}

/** Options of the readers of records. */
export interface RecordOptions {
  /**
   * The name of what holds the text of a record: a member of an object of JSON, a column of CSV or Parquet. Files of records need it;
   * `.txt` files do without.
   */
  readonly field?: string | undefined;
  /**
   * What is read, once unpacked, as the suffix of such files: `'.jsonl'`, `'.csv'`, `'.tsv'`, `'.parquet'`, `'.txt'`, or one that was registered.
   * Default: what the suffix of each name says.
   */
  readonly format?: string | undefined;
  /**
   * What becomes of a record without text, and of what is left of a file from where it is damaged: `'error'`, a `SourceFormatError`, or
   * `'skip'`, left out and counted. Default `'error'`.
   */
  readonly onBad?: 'error' | 'skip' | undefined;
  /** Counts what is left out, such as a `PipelineStats`. */
  readonly stats?: RecordStats | undefined;
}

/**
 * Checks the options of a reader.
 * @throws {InvalidArgumentError} when one cannot be used.
 */
export function checkRecordOptions({ field, format, onBad, stats }: RecordOptions): void {
  if (field !== undefined) checkString('field', field);
  checkContent('format', format);
  if (onBad !== undefined) checkOneOf('onBad', onBad, ['error', 'skip']);
  if (stats !== undefined) checkNumber('stats.badRecords', stats?.badRecords);
}

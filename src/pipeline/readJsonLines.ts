import { checkString } from '../errors.js';
import type { RecordOptions } from '../sources/RecordOptions.js';
import type { TextSource } from './openText.js';
import { readText } from './readText.js';

/** Options of `readJsonLines`. */
export interface JsonLinesOptions extends Omit<RecordOptions, 'field' | 'format'> {
  /** The member of each object that holds its text. */
  readonly field: string;
}

/**
 * Reads the texts of JSON lines, an object a line, whatever the names of files end in; a blank line comes between two of them. The rest is
 * as in `readText`.
 *
 *     readJsonLines('data/*.jsonl.gz', { field: 'text' })
 *     readJsonLines(process.stdin, { field: 'text', onBad: 'skip', stats })
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {SourceError} as `readText`.
 * @throws {SourceFormatError} (while reading) when a line is no object in JSON, or its `field` no string.
 */
export function readJsonLines(
  sources: TextSource | readonly TextSource[],
  options: JsonLinesOptions,
): AsyncIterable<string> {
  return readText(sources, { ...options, field: checkString('field', options?.field), format: '.jsonl' });
}

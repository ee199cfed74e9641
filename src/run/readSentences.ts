import { identity } from 'rxjs';
import { dropDuplicates } from '../pipeline/dropDuplicates.js';
import type { TextSource } from '../pipeline/openText.js';
import { type Pipeline, pipeline } from '../pipeline/pipeline.js';
import { readText } from '../pipeline/readText.js';
import { splitLines } from '../pipeline/splitLines.js';
import { splitSentences } from '../pipeline/splitSentences.js';
import type { RecordOptions } from '../sources/RecordOptions.js';
import type { SentenceOptions } from '../text/SentenceSplitter.js';

/** Options of `readSentences`. */
export interface SentenceReading extends SentenceOptions, RecordOptions {
  /** Whether each line is a sentence, as it stands; else sentences end as `splitSentences` says. Default false. */
  readonly sentencePerLine?: boolean | undefined;
  /** Whether each distinct sentence comes once. Default false. */
  readonly dropDuplicates?: boolean | undefined;
}

/**
 * The sentences of texts: `readText`, then `splitSentences` or `splitLines`, then perhaps `dropDuplicates`.
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {SourceError} when a source is none; (while reading) as `readText`.
 * @throws {EncodingError} (while reading) when bytes are not UTF-8.
 */
export function readSentences(
  corpus: TextSource | readonly TextSource[],
  { sentencePerLine = false, dropDuplicates: isOnce = false, ...options }: SentenceReading = {},
): Pipeline<string> {
  const { field, format, onBad, stats, ...sentences } = options;
  return pipeline(
    readText(corpus, { field, format, onBad, stats }),
    sentencePerLine ? splitLines() : splitSentences(sentences),
    isOnce ? dropDuplicates() : identity,
  );
}

import type { SentenceReading } from '../../src/index.js';

/** Of flags, those that say how texts are read and cut into sentences. */
export function sentenceFlags({
  field,
  format,
  onBad,
  sentencePerLine,
  locale,
  lineBreaks,
  dropDuplicates,
}: SentenceReading): SentenceReading {
  return { field, format, onBad, sentencePerLine, locale, lineBreaks, dropDuplicates };
}

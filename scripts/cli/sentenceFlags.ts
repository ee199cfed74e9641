import type { SentenceReading } from '../../src/index.js';

/** Of flags, those that say how texts are cut into sentences. */
export function sentenceFlags({
  sentencePerLine,
  locale,
  lineBreaks,
  dropDuplicates,
}: SentenceReading): SentenceReading {
  return { sentencePerLine, locale, lineBreaks, dropDuplicates };
}

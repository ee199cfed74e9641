import type { SentenceOptions, SentenceSplitter } from './SentenceSplitter.js';

/**
 * Loads what finds the ends of sentences, and makes a splitter: its rules and abbreviations are a quarter of all there is for browsers,
 * and a page that only generates does without them.
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export async function loadSentenceSplitter(options: SentenceOptions = {}): Promise<SentenceSplitter> {
  const { SentenceSplitter } = await import('./SentenceSplitter.js');
  return new SentenceSplitter(options);
}

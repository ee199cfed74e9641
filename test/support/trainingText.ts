import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SentencePieceOptions } from '../../src/text/sentencepiece/training/options.js';
import { fileAt, fixtureAt } from './places.js';

const folder = fixtureAt('sentencepiece/');

/** Path of a fixture. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(name, folder));
}

/** The bundled corpus, cut after every mark that a space follows: 20,000 sentences, so to say. */
export const sentences = readFileSync(fileAt('corpus/state-of-the-union.txt'), 'utf8')
  .split('\n')
  .flatMap((line) => line.split(/(?<=[.?!]) +/))
  .filter((sentence) => sentence !== '');

/** Every fourth sentence. */
export const manySentences = sentences.filter((_, index) => index % 4 === 3);

/** The models that our trainer made, of `sentences`. */
export const OURS: Readonly<Record<string, SentencePieceOptions>> = {
  'ours-unigram': { vocabularySize: 500 },
  'ours-bpe': { vocabularySize: 500, model: 'bpe' },
  'ours-bytes': { vocabularySize: 600, byteFallback: true },
};

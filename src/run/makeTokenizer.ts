import { invalid } from '../errors.js';
import { CharacterTokenizer } from '../text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../text/SentencePieceTokenizer.js';
import type { TextChunk } from '../text/TextChunk.js';
import type { Tokenizer } from '../text/Tokenizer.js';

/** A vocabulary of pieces of words that is learned from the corpus. */
export interface PiecesToLearn {
  /** Ids of the vocabulary, special ones included. */
  readonly pieces: number;
}

/**
 * The tokenizer that is wanted for a text: of its characters, of so many pieces, or one that is there.
 * @throws {InvalidArgumentError} when it is something else, or so many pieces cannot be learned.
 */
export async function makeTokenizer(
  wanted: 'characters' | PiecesToLearn | Tokenizer,
  text: AsyncIterable<TextChunk> | (Iterable<TextChunk> & object),
  keepWhiteSpace: boolean,
): Promise<Tokenizer> {
  if (wanted === 'characters') return CharacterTokenizer.fromStream(text);
  if (typeof wanted === 'object' && wanted !== null) {
    if ('pieces' in wanted)
      return SentencePieceTokenizer.train(text, { vocabularySize: wanted.pieces, keepWhiteSpace });
    if (typeof wanted.encode === 'function') return wanted;
  }
  throw invalid('tokenizer', "'characters', { pieces } or a tokenizer", wanted);
}

import { invalid } from '../errors.js';
import { CharacterTokenizer } from '../text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../text/SentencePieceTokenizer.js';
import type { TextChunk } from '../text/TextChunk.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { suitedTokenizer } from './suitedTokenizer.js';

/** A vocabulary of pieces of words that is learned from the corpus. */
export interface PiecesToLearn {
  /** Ids of the vocabulary, special ones included. */
  readonly pieces: number;
}

/** Makes a tokenizer of the text to learn from, or sees what of it one that is there lacks. */
export type MakeTokenizer = (
  text: AsyncIterable<TextChunk> | (Iterable<TextChunk> & object),
) => Tokenizer | Promise<Tokenizer>;

/** Which tokenizer a text is to have. */
export type WantedTokenizer = 'characters' | 'auto' | PiecesToLearn | Tokenizer | MakeTokenizer;

/**
 * The tokenizer that is wanted for a text: of its characters, of pieces or of characters as suits it, of so many pieces, one that is there, or what a
 * function makes.
 * @throws {InvalidArgumentError} when it is something else, or so many pieces cannot be learned.
 */
export async function makeTokenizer(
  wanted: WantedTokenizer,
  text: AsyncIterable<TextChunk> | (Iterable<TextChunk> & object),
  keepWhiteSpace: boolean,
): Promise<Tokenizer> {
  if (wanted === 'characters') return CharacterTokenizer.fromStream(text);
  if (wanted === 'auto') return suitedTokenizer(text, keepWhiteSpace);
  if (typeof wanted === 'object' && wanted !== null && 'pieces' in wanted)
    return SentencePieceTokenizer.train(text, { vocabularySize: wanted.pieces, keepWhiteSpace });
  const tokenizer = typeof wanted === 'function' ? await wanted(text) : wanted;
  if (typeof tokenizer?.encode === 'function') return tokenizer;
  throw invalid('tokenizer', "'characters', 'auto', { pieces }, a tokenizer or a function that makes one", tokenizer);
}

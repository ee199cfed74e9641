import { InvalidArgumentError } from '../errors.js';
import { CharacterTokenizer } from '../text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../text/SentencePieceTokenizer.js';
import { pieceOf, type TextChunk } from '../text/TextChunk.js';
import type { Tokenizer } from '../text/Tokenizer.js';

/** Ids of a vocabulary of pieces. */
const PIECES = 1000;
/** A shorter text, in code units, shows too little of each piece. */
const SHORT = 200_000;
/** A vocabulary of pieces is mostly characters where there are more different ones than this. */
const MANY_CHARACTERS = 250;
/** How much of a text is looked at, in code units: more changes few pieces. */
const ENOUGH = 20_000_000;

/**
 * The tokenizer that suits a text: 1,000 pieces of words, learned from its first 20 million characters, every one of which gets an id; the characters
 * of the text where it is shorter than 200,000 or these are more than 250, so that little would be left for pieces.
 * @param keepWhiteSpace for text that goes on
 * @throws {SourceError} when there is no text.
 */
export async function suitedTokenizer(
  text: AsyncIterable<TextChunk> | (Iterable<TextChunk> & object),
  keepWhiteSpace: boolean,
): Promise<Tokenizer> {
  if (!(await isForPieces(text))) return CharacterTokenizer.fromStream(text);
  try {
    const options = { vocabularySize: PIECES, characterCoverage: 1, keepWhiteSpace };
    return await SentencePieceTokenizer.train(beginningOf(text), options);
  } catch (error) {
    // Few different words, many times: there are not so many pieces.
    if (error instanceof InvalidArgumentError) return CharacterTokenizer.fromStream(text);
    throw error;
  }
}

async function isForPieces(text: AsyncIterable<TextChunk> | Iterable<TextChunk>): Promise<boolean> {
  const characters = new Set<string>();
  let length = 0;
  for await (const chunk of beginningOf(text)) {
    const { text: read = '' } = pieceOf(chunk) ?? {};
    length += read.length;
    for (const character of read) characters.add(character);
    if (characters.size > MANY_CHARACTERS) return false;
  }
  return length >= SHORT;
}

async function* beginningOf(text: AsyncIterable<TextChunk> | Iterable<TextChunk>): AsyncGenerator<TextChunk> {
  let length = 0;
  for await (const chunk of text) {
    yield chunk;
    length += pieceOf(chunk)?.text.length ?? 0;
    if (length >= ENOUGH) return;
  }
}

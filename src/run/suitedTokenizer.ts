import { CHARACTERS_A_PIECE, FEWEST_PIECES, MOST_CONTINUOUS_PIECES, MOST_PIECES } from '../defaults.js';
import { InvalidArgumentError } from '../errors.js';
import { CharacterTokenizer } from '../text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../text/SentencePieceTokenizer.js';
import { pieceOf, type TextChunk } from '../text/TextChunk.js';
import type { Tokenizer } from '../text/Tokenizer.js';

/** A vocabulary of pieces is mostly characters where there are more different ones than this. */
const MANY_CHARACTERS = 250;
/** How much of a text is looked at, in code units: more changes few pieces. */
const ENOUGH = 20_000_000;

/**
 * The tokenizer that suits a text: pieces of words, one for every 200 characters, but 1,000 at least, and 4,000 at most, of text that goes on 2,000;
 * fewer where the text has not so many. They are learned from its first 20 million characters, every one of which gets an id. Or the characters of the
 * text, where it is shorter than 200,000 or these are more than 250, so that little would be left for pieces.
 * @param keepWhiteSpace for text that goes on
 * @throws {SourceError} when there is no text.
 */
export async function suitedTokenizer(
  text: AsyncIterable<TextChunk> | (Iterable<TextChunk> & object),
  keepWhiteSpace: boolean,
): Promise<Tokenizer> {
  const most = keepWhiteSpace ? MOST_CONTINUOUS_PIECES : MOST_PIECES;
  const suited = Math.min(most, Math.floor((await lengthForPieces(text)) / CHARACTERS_A_PIECE));
  for (let vocabularySize = suited; vocabularySize >= FEWEST_PIECES; vocabularySize = fewer(vocabularySize))
    try {
      const options = { vocabularySize, characterCoverage: 1, keepWhiteSpace };
      return await SentencePieceTokenizer.train(beginningOf(text), options);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      // Few different words, many times, have not so many pieces; what else pieces cannot be learned from, such as a word without an end, has none.
      if (!error.options.includes('vocabularySize')) break;
    }
  return CharacterTokenizer.fromStream(text);
}

/** Half as many, but the fewest before none. */
function fewer(pieces: number): number {
  return pieces > FEWEST_PIECES ? Math.max(FEWEST_PIECES, Math.floor(pieces / 2)) : 0;
}

/** Code units of the part of a text that is looked at; 0 where it has too many different characters for pieces. */
async function lengthForPieces(text: AsyncIterable<TextChunk> | Iterable<TextChunk>): Promise<number> {
  const characters = new Set<string>();
  let length = 0;
  for await (const chunk of beginningOf(text)) {
    const { text: read = '' } = pieceOf(chunk) ?? {};
    length += read.length;
    for (const character of read) characters.add(character);
    if (characters.size > MANY_CHARACTERS) return 0;
  }
  return length;
}

async function* beginningOf(text: AsyncIterable<TextChunk> | Iterable<TextChunk>): AsyncGenerator<TextChunk> {
  let length = 0;
  for await (const chunk of text) {
    yield chunk;
    length += pieceOf(chunk)?.text.length ?? 0;
    if (length >= ENOUGH) return;
  }
}

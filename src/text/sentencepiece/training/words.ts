import { describe, InvalidArgumentError, invalid, SourceError } from '../../../errors.js';
import { pieceOf, type TextChunk } from '../../TextChunk.js';
import { MAX_LENGTH, tooLong } from '../cutText.js';
import type { Pause } from './pauses.js';

/** What stands for a space, at the start of every word. */
export const SPACE = '▁';

/** A word of its own, where white space is kept. */
export const LINE_END = '\n';

/** Pieces must not have the names of special ones. */
const SPECIAL = /<pad>|<\/s>|<unk>|<0x[0-9A-F]{2}>/g;

/** What every text is thought to hold, where white space is kept: an alphabet without them could not. */
const WHITE_SPACE = [SPACE, LINE_END];

/**
 * Counts the words of sentences, `▁` at their start, as SentencePiece splits them: `We will, we` → ▁We, ▁will, ▁we.
 * Where white space is kept, the sentences are chunks of a text cut anywhere, and a word has the spaces before it, if there are any:
 * `We  will⏎go` → We, ▁▁will, ⏎, go.
 * @throws {InvalidArgumentError} when the sentences are one string, or a sentence is none, or has more than a million
 *   characters without a space.
 * @throws {SourceError} when there is no text.
 */
export async function countWords(
  sentences: AsyncIterable<TextChunk> | Iterable<TextChunk>,
  pause: Pause,
  onSentences: (count: number) => void,
  keepWhiteSpace = false,
): Promise<Map<string, number>> {
  if (typeof sentences === 'string') throw invalid('sentences', 'an iterable of strings', sentences);
  const words = new Map<string, number>();
  let count = 0;
  const add = (found: Iterable<string>): void => {
    for (const word of found) {
      // What is learned of it could not encode it.
      if (word.length > MAX_LENGTH) throw tooLong(word.length);
      words.set(word, (words.get(word) ?? 0) + 1);
    }
  };
  /** The last word so far of a text in chunks, which may go on. */
  let last = '';
  for await (const sentence of sentences) {
    const piece = pieceOf(sentence);
    if (piece === undefined)
      throw new InvalidArgumentError(`Expected sentences that are strings, got ${describe(sentence)}`);
    if (keepWhiteSpace) {
      const found = wordsWithSpaces(last + piece.text);
      last = (piece.end ? undefined : found.pop()) ?? '';
      if (last.length > MAX_LENGTH) throw tooLong(last.length);
      add(found);
    } else add(wordsOf(piece.text));
    onSentences(++count);
    await pause();
  }
  if (last !== '') add([last]);
  if (words.size > 0 && keepWhiteSpace) add(WHITE_SPACE);
  if (words.size === 0)
    throw new SourceError(`Expected sentences to learn from, got ${count === 0 ? 'none' : `${count} without a word`}`);
  return words;
}

function wordsOf(sentence: string): string[] {
  const escaped = sentence
    .replace(SPECIAL, ' ')
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => SPACE + word)
    .join('')
    .replace(/▁+$/, '');
  // A text may hold `▁` itself: in SentencePiece that is a space.
  return escaped.match(/▁[^▁]*/g) ?? [];
}

function wordsWithSpaces(text: string): string[] {
  return (
    text
      .replace(SPECIAL, ' ')
      .replaceAll(' ', SPACE)
      .match(/\n|▁*[^▁\n]+|▁+/g) ?? []
  );
}

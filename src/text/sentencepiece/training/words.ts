import { describe, InvalidArgumentError, invalid, SourceError } from '../../../errors.js';
import { MAX_LENGTH, tooLong } from '../cutText.js';
import type { Pause } from './pauses.js';

/** What stands for a space, at the start of every word. */
export const SPACE = '▁';

/** Pieces must not have the names of special ones. */
const SPECIAL = /<pad>|<\/s>|<unk>|<0x[0-9A-F]{2}>/g;

/**
 * Counts the words of sentences, `▁` at their start, as SentencePiece splits them: `We will, we` → ▁We, ▁will, ▁we.
 * @throws {InvalidArgumentError} when the sentences are one string, or a sentence is none, or has more than a million
 *   characters without a space.
 * @throws {SourceError} when there is no text.
 */
export async function countWords(
  sentences: AsyncIterable<string> | Iterable<string>,
  pause: Pause,
  onSentences: (count: number) => void,
): Promise<Map<string, number>> {
  if (typeof sentences === 'string') throw invalid('sentences', 'an iterable of strings', sentences);
  const words = new Map<string, number>();
  let count = 0;
  for await (const sentence of sentences) {
    if (typeof sentence !== 'string')
      throw new InvalidArgumentError(`Expected sentences that are strings, got ${describe(sentence)}`);
    for (const word of wordsOf(sentence)) {
      // What is learned of it could not encode it.
      if (word.length > MAX_LENGTH) throw tooLong(word.length);
      words.set(word, (words.get(word) ?? 0) + 1);
    }
    onSentences(++count);
    await pause();
  }
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

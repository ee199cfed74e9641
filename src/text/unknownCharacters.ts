import { checkIterable, checkString, invalid } from '../errors.js';
import { pieceOf, type TextChunk } from './TextChunk.js';
import type { Tokenizer } from './Tokenizer.js';

/**
 * The characters (code points) of a text that a tokenizer does not know, with how often each occurs, the most frequent first: encoded
 * alone, they hold an unknown id.
 *
 *     await unknownCharacters(readText('verse.txt'), model.tokenizer);   // Map { 'ß' => 12, 'ſ' => 3 }
 *
 * @param text chunks, or documents in pieces, cut anywhere between two characters
 * @throws {InvalidArgumentError} when `text` is no stream of strings (a string, such as a path, is none), or the tokenizer is none.
 */
export async function unknownCharacters(
  text: AsyncIterable<TextChunk> | (Iterable<TextChunk> & object),
  tokenizer: Tokenizer,
): Promise<Map<string, number>> {
  checkIterable('text', 'a stream of text, such as readText(path)', text);
  if (typeof tokenizer?.encode !== 'function') throw invalid('tokenizer', 'a tokenizer', tokenizer);
  const counts = new Map<string, number>();
  for await (const chunk of text)
    for (const character of pieceOf(chunk)?.text ?? checkString('a chunk of text', chunk))
      counts.set(character, (counts.get(character) ?? 0) + 1);
  const unknown = [...counts].filter(([character]) => tokenizer.encode(character).includes(tokenizer.unknownId));
  return new Map(unknown.sort(([, a], [, b]) => b - a));
}

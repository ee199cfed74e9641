import { describe, FileFormatError } from '../errors.js';
import { SENTENCEPIECE } from '../model/savedTokenizer.js';
import { CharacterTokenizer } from '../text/CharacterTokenizer.js';
import type { Tokenizer, TokenizerJSON } from '../text/Tokenizer.js';

/**
 * Makes a saved model's tokenizer of what `toJSON` gave.
 * @throws {FileFormatError} when that is not a saved tokenizer.
 */
export async function restoreTokenizer(json: TokenizerJSON): Promise<Tokenizer> {
  if (json.type === CharacterTokenizer.type) return CharacterTokenizer.fromJSON(json);
  if (json.type !== SENTENCEPIECE)
    throw new FileFormatError(
      `Expected a tokenizer of type characters or sentencepiece, got type ${describe(json.type)}`,
    );
  // Only who has such a model waits for it.
  const { SentencePieceTokenizer } = await import('../text/SentencePieceTokenizer.js');
  return SentencePieceTokenizer.fromJSON(json);
}

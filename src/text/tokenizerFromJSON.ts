import { describe, FileFormatError } from '../errors.js';
import { CharacterTokenizer } from './CharacterTokenizer.js';
import { SentencePieceTokenizer } from './SentencePieceTokenizer.js';
import type { Tokenizer, TokenizerJSON } from './Tokenizer.js';

/**
 * Restores a tokenizer from what its `toJSON` gave.
 * @throws {FileFormatError} when that is not a saved tokenizer.
 */
export async function tokenizerFromJSON(json: unknown): Promise<Tokenizer> {
  if (typeof json !== 'object' || json === null || !('type' in json) || typeof json.type !== 'string')
    throw new FileFormatError(`Expected a saved tokenizer, an object with a type, got ${describe(json)}`);
  if (json.type === CharacterTokenizer.type) return CharacterTokenizer.fromJSON(json as TokenizerJSON);
  if (json.type === SentencePieceTokenizer.type) return SentencePieceTokenizer.fromJSON(json as TokenizerJSON);
  throw new FileFormatError(
    `Expected a tokenizer of type characters or sentencepiece, got type ${describe(json.type)}`,
  );
}

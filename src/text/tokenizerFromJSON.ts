import { restoreTokenizer } from './restoreTokenizer.js';
import { SentencePieceTokenizer } from './SentencePieceTokenizer.js';
import type { Tokenizer } from './Tokenizer.js';

/**
 * Restores a tokenizer from what its `toJSON` gave.
 * @throws {FileFormatError} when that is not a saved tokenizer.
 */
export async function tokenizerFromJSON(json: unknown): Promise<Tokenizer> {
  return restoreTokenizer(json, SentencePieceTokenizer.fromJSON);
}

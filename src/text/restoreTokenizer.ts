import { describe, FileFormatError } from '../errors.js';
import { CharacterTokenizer } from './CharacterTokenizer.js';
import type { Tokenizer, TokenizerJSON } from './Tokenizer.js';

/** The `type` of a SentencePiece tokenizer's JSON. */
export const SENTENCEPIECE = 'sentencepiece';

/**
 * Restores a tokenizer from what its `toJSON` gave, with nothing of Node.js.
 * @param restorePieces restores one of pieces; by default what that takes is loaded then
 * @throws {FileFormatError} when that is not a saved tokenizer.
 */
export async function restoreTokenizer(
  json: unknown,
  restorePieces: (json: TokenizerJSON) => Promise<Tokenizer> = restorePieceTokenizer,
): Promise<Tokenizer> {
  if (typeof json !== 'object' || json === null || !('type' in json) || typeof json.type !== 'string')
    throw new FileFormatError(`Expected a saved tokenizer, an object with a type, got ${describe(json)}`);
  if (json.type === CharacterTokenizer.type) return CharacterTokenizer.fromJSON(json as TokenizerJSON);
  if (json.type === SENTENCEPIECE) return restorePieces(json as TokenizerJSON);
  throw new FileFormatError(
    `Expected a tokenizer of type characters or sentencepiece, got type ${describe(json.type)}`,
  );
}

async function restorePieceTokenizer(json: TokenizerJSON): Promise<Tokenizer> {
  const { PieceTokenizer } = await import('./PieceTokenizer.js');
  return PieceTokenizer.fromJSON(json);
}

import { FileFormatError, InvalidArgumentError } from '../errors.js';
import { fromBase64, toBase64 } from '../text/base64.js';
import { SENTENCEPIECE } from '../text/restoreTokenizer.js';
import type { Tokenizer, TokenizerJSON } from '../text/Tokenizer.js';
import { parseJsonObject } from './parseJsonObject.js';

/** The names that a tokenizer's file may have: its JSON, or SentencePiece's own model file. */
export const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer.model'] as const;

/** One of these names. */
export type TokenizerFile = (typeof TOKENIZER_FILES)[number];

/**
 * A tokenizer as a file.
 * @throws {InvalidArgumentError} when its `toJSON` gives no object with a type.
 */
export function encodeSavedTokenizer(tokenizer: Tokenizer): { name: TokenizerFile; data: Uint8Array } {
  const json = tokenizer.toJSON();
  if (typeof json?.type !== 'string')
    throw new InvalidArgumentError("Expected the tokenizer's toJSON to give an object with a type, to save it");
  const { type, model } = json;
  if (type === SENTENCEPIECE && typeof model === 'string') {
    const data = fromBase64(model);
    if (data) return { name: 'tokenizer.model', data };
    throw new InvalidArgumentError("Expected the tokenizer's toJSON to give its model as base64, to save it");
  }
  return { name: 'tokenizer.json', data: new TextEncoder().encode(`${JSON.stringify(json)}\n`) };
}

/**
 * What a tokenizer's `toJSON` gave, from its file; a tokenizer is yet to be made of it.
 * @throws {FileFormatError} when it is not that; `path` says of what.
 */
export function parseSavedTokenizer(name: TokenizerFile, bytes: Uint8Array, path: string): TokenizerJSON {
  if (name === 'tokenizer.model') return { type: SENTENCEPIECE, model: toBase64(bytes) };
  const { type, ...rest } = parseJsonObject(bytes, path);
  if (typeof type !== 'string') throw new FileFormatError(`Expected ${path} to be a tokenizer with a type, got none`);
  return { type, ...rest };
}

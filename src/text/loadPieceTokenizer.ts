import type { PieceTokenizer } from './PieceTokenizer.js';

/**
 * Loads what splits text into SentencePiece's pieces, and makes a tokenizer of a model file's bytes: a page that has no such model does
 * without it.
 * @throws {InvalidArgumentError} when these are no bytes.
 * @throws {FileFormatError} when they are damaged or no SentencePiece model, or have no EOS.
 */
export async function loadPieceTokenizer(model: Uint8Array): Promise<PieceTokenizer> {
  const { PieceTokenizer } = await import('./PieceTokenizer.js');
  return PieceTokenizer.load(model);
}

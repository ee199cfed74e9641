import { pieceOf, type TextChunk, type TextPiece } from '../text/TextChunk.js';
import { checkText } from './checkText.js';

/**
 * Returns what an operator on text that goes on was given, as a piece of a document.
 * @throws {SourceError} when it is something else, such as bytes.
 */
export function checkPiece(operator: string, chunk: TextChunk): TextPiece {
  return pieceOf(chunk) ?? { text: checkText(operator, chunk), end: false };
}

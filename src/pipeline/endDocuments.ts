import { mergeMap, type OperatorFunction } from 'rxjs';
import { END_OF_DOCUMENT, type TextChunk } from '../text/TextChunk.js';
import { checkText } from './checkText.js';

/**
 * Takes each string as a document: records, say, that a source gives whole.
 *
 *     'One.', 'Two.' ──▶ endDocuments() ──▶ 'One.', END_OF_DOCUMENT, 'Two.', END_OF_DOCUMENT
 *
 * @throws {SourceError} (as the stream's error) when it is given anything but strings.
 */
export function endDocuments(): OperatorFunction<string, TextChunk> {
  return mergeMap((record): TextChunk[] => [checkText('endDocuments', record), END_OF_DOCUMENT]);
}

import { map, type OperatorFunction } from 'rxjs';
import type { TokenIds, Tokenizer } from '../text/Tokenizer.js';
import { checkText } from './checkText.js';

/**
 * Turns sentences into token ids.
 *
 *     'No.' ──▶ tokenize(characters) ──▶ [17, 46, 5]
 *
 * @throws {SourceError} (as the stream's error) when it is given anything but strings.
 */
export function tokenize(tokenizer: Tokenizer): OperatorFunction<string, TokenIds> {
  return map((sentence) => tokenizer.encode(checkText('tokenize', sentence)));
}

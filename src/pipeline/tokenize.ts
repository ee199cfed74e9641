import { map, type OperatorFunction } from 'rxjs';
import type { TokenIds, Tokenizer } from '../text/Tokenizer.js';

/**
 * Turns sentences into token ids.
 *
 *     'No.' ──▶ tokenize(characters) ──▶ [17, 46, 5]
 */
export function tokenize(tokenizer: Tokenizer): OperatorFunction<string, TokenIds> {
  return map((sentence) => tokenizer.encode(sentence));
}

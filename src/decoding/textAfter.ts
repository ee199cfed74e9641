import type { Tokenizer } from '../text/Tokenizer.js';
import { detokenizerAfter } from './detokenizerAfter.js';

/** The text of ids that follow a prompt, what is incomplete at their end included; no ids have none. */
export function textAfter(tokenizer: Tokenizer, promptIds: readonly number[], ids: readonly number[]): string {
  const detokenizer = detokenizerAfter(tokenizer, promptIds);
  return ids.length === 0 ? '' : ids.map((id) => detokenizer.push(id)).join('') + detokenizer.end();
}

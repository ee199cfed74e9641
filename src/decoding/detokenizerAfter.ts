import type { Detokenizer, Tokenizer } from '../text/Tokenizer.js';

/** Turns ids that follow a prompt into text: a part of the text that the prompt begins, not the beginning of another. */
export function detokenizerAfter(tokenizer: Tokenizer, promptIds: readonly number[]): Detokenizer {
  const detokenizer = tokenizer.detokenizer();
  for (const id of promptIds) detokenizer.push(id);
  return detokenizer;
}

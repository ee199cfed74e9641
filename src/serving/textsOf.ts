import type { Tokenizer } from '../text/Tokenizer.js';

/** The text that each id completes, of a text that they are the whole of; what is incomplete at the end belongs to the last one. */
export function textsOf(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  const detokenizer = tokenizer.detokenizer();
  const texts = ids.map((id) => detokenizer.push(id));
  const rest = detokenizer.end();
  return texts.map((text, place) => (place === texts.length - 1 ? text + rest : text));
}

import type { Tokenizer } from '../text/Tokenizer.js';

/** The text that each id completes. What is incomplete at the end belongs to the last one where they are the whole of a text, else to what follows. */
export function textsOf(tokenizer: Tokenizer, ids: readonly number[], isWhole: boolean): string[] {
  const detokenizer = tokenizer.detokenizer();
  const texts = ids.map((id) => detokenizer.push(id));
  const rest = isWhole ? detokenizer.end() : '';
  return texts.map((text, place) => (place === texts.length - 1 ? text + rest : text));
}

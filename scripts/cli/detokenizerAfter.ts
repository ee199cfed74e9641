import type { Detokenizer, Tokenizer } from '../../src/index.js';

/** Turns ids that follow a prompt into text: a part of the text that the prompt begins. */
export function detokenizerAfter({ tokenizer }: { readonly tokenizer: Tokenizer }, prompt: string): Detokenizer {
  const detokenizer = tokenizer.detokenizer();
  for (const id of tokenizer.encode(prompt)) detokenizer.push(id);
  return detokenizer;
}

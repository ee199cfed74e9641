import type { Token } from './Token.js';

/** The text that a decoder writes, whole: `await textOf(sample(model))`. */
export async function textOf(tokens: AsyncIterable<Pick<Token, 'text'>>): Promise<string> {
  let text = '';
  for await (const token of tokens) text += token.text;
  return text;
}

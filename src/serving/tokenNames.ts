import type { Tokenizer } from '../text/Tokenizer.js';

/** What the end of a sentence is called, which has no text: clients know it by this name. */
export const EOS_NAME = '<|endoftext|>';

/**
 * Names tokens by the text that each has within other text. Those that have none of their own, such as a byte of a character, are called
 * by their ids.
 */
export function tokenNames(tokenizer: Tokenizer): (id: number) => string {
  const known = new Map<number, string>([[tokenizer.eosId, EOS_NAME]]);
  const nameOf = (id: number): string => {
    // Not at the beginning, where a tokenizer of pieces drops a space.
    const detokenizer = tokenizer.detokenizer();
    detokenizer.push(id);
    detokenizer.end();
    const text = detokenizer.push(id);
    return text === '' || text.includes('\ufffd') ? `token_id:${id}` : text;
  };
  return (id) => {
    const name = known.get(id) ?? nameOf(id);
    known.set(id, name);
    return name;
  };
}

import type { Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';
import { detokenizerAfter } from './detokenizerAfter.js';

/** Whether the text of generated ids holds one of the strings that complete a sentence. */
export function stopStrings(
  tokenizer: Tokenizer,
  { promptIds, stop }: Pick<CheckedDecodingOptions, 'promptIds' | 'stop'>,
): (generatedIds: readonly number[]) => boolean {
  if (stop.length === 0) return () => false;
  return (generatedIds) => {
    // Without the detokenizer's end: a character that lacks parts may still become any.
    const detokenizer = detokenizerAfter(tokenizer, promptIds);
    const text = generatedIds.map((id) => detokenizer.push(id)).join('');
    return stop.some((string) => text.includes(string));
  };
}

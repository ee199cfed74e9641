import type { Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';
import { textAfter } from './textAfter.js';

/** Whether the text of generated ids holds one of the strings that complete a sentence. */
export function stopStrings(
  tokenizer: Tokenizer,
  { promptIds, stop }: Pick<CheckedDecodingOptions, 'promptIds' | 'stop'>,
): (generatedIds: readonly number[]) => boolean {
  if (stop.length === 0) return () => false;
  return (generatedIds) => {
    const text = textAfter(tokenizer, promptIds, generatedIds);
    return stop.some((string) => text.includes(string));
  };
}

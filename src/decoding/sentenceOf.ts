import type { Tokenizer } from '../text/Tokenizer.js';
import type { Hypothesis } from './Hypothesis.js';
import type { Sentence } from './Sentence.js';
import { type TextOptions, TokenTexts } from './TokenTexts.js';

/** A hypothesis that is finished, with its text and its tokens. */
export function sentenceOf(tokenizer: Tokenizer, options: TextOptions, hypothesis: Hypothesis): Sentence {
  const texts = new TokenTexts(tokenizer, options);
  const { ids, logProbabilities } = hypothesis;
  const sure = ids.flatMap((id, place) => texts.push(id, logProbabilities[place] ?? -Infinity));
  const tokens = [...sure, ...texts.end()];
  return { ...hypothesis, tokens, text: tokens.map(({ text }) => text).join('') };
}

import { PAD_ID, type Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';

/** How many hypotheses can go on at one time step at most: all tokens at each place but the last, which ends them. */
export function mostHypotheses(
  { vocabularySize, eosId, unknownId }: Tokenizer,
  { bannedIds, forcedIds, maxLength }: Pick<CheckedDecodingOptions, 'bannedIds' | 'forcedIds' | 'maxLength'>,
): number {
  const never = new Set([PAD_ID, eosId, unknownId, ...bannedIds]);
  return Math.max(1, vocabularySize - never.size) ** Math.max(0, maxLength - 1 - forcedIds.length);
}

import type { CheckedDecodingOptions } from './DecodingOptions.js';
import type { GrowingHypothesis } from './GrowingHypothesis.js';
import type { DecodingContext } from './LogProbabilityProcessor.js';

/** What processors may know of a hypothesis; where there are none, its ids are not listed. */
export function contextOf(
  hypothesis: GrowingHypothesis,
  { promptIds, processors }: Pick<CheckedDecodingOptions, 'promptIds' | 'processors'>,
): DecodingContext {
  return { promptIds, generatedIds: processors.length > 0 ? hypothesis.ids : [] };
}

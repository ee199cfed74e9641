import { PAD_ID, type Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';

/** The options that exclude tokens. */
export type ExcludingOptions = Pick<CheckedDecodingOptions, 'bannedIds' | 'minLength' | 'forcedIds'>;

/** Sets the log-probabilities of tokens that may not come next to −∞. */
export type Exclusions = (logProbabilities: Float32Array, generatedIds: readonly number[]) => void;

/** What the options exclude, and pad and unknown, which are never generated. */
export function exclusions(
  { unknownId, eosId }: Tokenizer,
  { bannedIds, minLength, forcedIds }: ExcludingOptions,
): Exclusions {
  const never = [PAD_ID, unknownId, ...bannedIds];
  return (logProbabilities, { length }) => {
    const forced = forcedIds[length];
    if (forced !== undefined) {
      const kept = logProbabilities[forced] ?? Number.NaN;
      logProbabilities.fill(-Infinity);
      logProbabilities[forced] = kept;
      return;
    }
    for (const id of never) logProbabilities[id] = -Infinity;
    if (length < minLength) logProbabilities[eosId] = -Infinity;
  };
}

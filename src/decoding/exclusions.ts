import { PAD_ID, type Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';

/** The options that exclude tokens. */
export type ExcludingOptions = Pick<CheckedDecodingOptions, 'bannedIds' | 'minLength' | 'forcedIds'>;

/** What may not come next, behind so many generated ids. */
export interface Exclusions {
  /** Sets the log-probabilities of tokens that may not come to −∞. */
  apply(logProbabilities: Float32Array, length: number): void;
  /** The names of the options that exclude tokens which these log-probabilities allow. */
  namesOf(logProbabilities: Float32Array, length: number): string[];
}

/** What the options exclude, and pad and unknown, which are never generated. */
export function exclusions(
  { unknownId, eosId }: Tokenizer,
  { bannedIds, minLength, forcedIds }: ExcludingOptions,
): Exclusions {
  const never = [PAD_ID, unknownId, ...bannedIds];
  return {
    apply(logProbabilities, length) {
      const forced = forcedIds[length];
      if (forced !== undefined) {
        const kept = logProbabilities[forced] ?? Number.NaN;
        logProbabilities.fill(-Infinity);
        logProbabilities[forced] = kept;
        return;
      }
      for (const id of never) logProbabilities[id] = -Infinity;
      if (length < minLength) logProbabilities[eosId] = -Infinity;
    },
    namesOf(logProbabilities, length) {
      if (length < forcedIds.length) return ['forcedPrefix'];
      const isAllowed = (id: number): boolean => logProbabilities[id] !== -Infinity;
      const banning = bannedIds.some((id) => id !== PAD_ID && id !== unknownId && isAllowed(id)) ? ['bannedIds'] : [];
      return length < minLength && isAllowed(eosId) ? [...banning, 'minLength'] : banning;
    },
  };
}

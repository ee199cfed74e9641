import type { Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';
import type { Hypothesis } from './Hypothesis.js';
import { stopStrings } from './stopStrings.js';

/** Before any token. */
export const ROOT: Hypothesis = { ids: [], logProbabilities: [], logProbability: 0, score: 0, complete: false };

/** A hypothesis and a token that may come next. */
export interface Candidate {
  readonly parent: Hypothesis;
  /** The token, which may be EOS. */
  readonly id: number;
  /** What the model gave it, in nats. */
  readonly tokenLogProbability: number;
  /** The sum that the longer hypothesis is ranked by, in nats. */
  readonly logProbability: number;
}

/** Makes hypotheses of candidates: EOS or a stop string completes them, `scoreOf` says what they are compared by. */
export function extension(
  tokenizer: Tokenizer,
  options: Pick<CheckedDecodingOptions, 'promptIds' | 'stop'>,
  scoreOf: (logProbability: number, length: number) => number,
): (candidate: Candidate) => Hypothesis {
  const { eosId } = tokenizer;
  const isStopped = stopStrings(tokenizer, options);
  return ({ parent, id, tokenLogProbability, logProbability }) => {
    const ids = id === eosId ? parent.ids : [...parent.ids, id];
    const logProbabilities = [...parent.logProbabilities, tokenLogProbability];
    const score = scoreOf(logProbability, logProbabilities.length);
    return { ids, logProbabilities, logProbability, score, complete: id === eosId || isStopped(ids) };
  };
}

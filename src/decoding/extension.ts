import type { Detokenizer, Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';
import { detokenizerAfter } from './detokenizerAfter.js';
import type { Hypothesis } from './Hypothesis.js';
import { type StopSearch, stopSearch } from './stopSearch.js';

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

/** How far a hypothesis' text is. */
interface Text {
  readonly detokenizer: Detokenizer;
  readonly search: StopSearch;
}

/** Makes hypotheses of candidates: EOS or a stop string completes them, `scoreOf` says what they are compared by. */
export function extension(
  tokenizer: Tokenizer,
  { promptIds, stop }: Pick<CheckedDecodingOptions, 'promptIds' | 'stop'>,
  scoreOf: (logProbability: number, length: number) => number,
): (candidate: Candidate) => Hypothesis {
  const { eosId } = tokenizer;
  const start: Text = { detokenizer: detokenizerAfter(tokenizer, promptIds), search: stopSearch(stop) };
  const texts = new WeakMap<Hypothesis, Text>();

  /** A hypothesis is searched from where its parent was, whose text others go on from too. */
  const longer = (parent: Hypothesis, id: number): Text => {
    const { detokenizer, search } = texts.get(parent) ?? start;
    const copy = detokenizer.copy?.() ?? detokenizerAfter(tokenizer, [...promptIds, ...parent.ids]);
    return { detokenizer: copy, search: search.after(copy.push(id)) };
  };

  return ({ parent, id, tokenLogProbability, logProbability }) => {
    const isEnd = id === eosId;
    const ids = isEnd ? parent.ids : [...parent.ids, id];
    const logProbabilities = [...parent.logProbabilities, tokenLogProbability];
    const score = scoreOf(logProbability, logProbabilities.length);
    const text = isEnd || stop.length === 0 ? undefined : longer(parent, id);
    const isStopped = text?.search.start !== undefined;
    const made = { ids, logProbabilities, logProbability, score, complete: isEnd || isStopped };
    if (text) texts.set(made, text);
    return made;
  };
}

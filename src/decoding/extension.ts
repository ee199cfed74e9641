import type { Detokenizer, Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';
import { detokenizerAfter } from './detokenizerAfter.js';
import { GrowingHypothesis } from './GrowingHypothesis.js';
import { type StopSearch, stopSearch } from './stopSearch.js';

/** Before any token. */
export const ROOT = new GrowingHypothesis({
  ...{ parent: undefined, id: undefined, tokenLogProbability: 0 },
  ...{ logProbability: 0, score: 0, complete: false },
});

/** A hypothesis and a token that may come next. */
export interface Candidate {
  readonly parent: GrowingHypothesis;
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
): (candidate: Candidate) => GrowingHypothesis {
  const { eosId } = tokenizer;
  const start: Text = { detokenizer: detokenizerAfter(tokenizer, promptIds), search: stopSearch(stop) };
  const texts = new WeakMap<GrowingHypothesis, Text>();

  /** A hypothesis is searched from where its parent was, whose text others go on from too. */
  const longer = (parent: GrowingHypothesis, id: number): Text => {
    const { detokenizer, search } = texts.get(parent) ?? start;
    const copy = detokenizer.copy?.() ?? detokenizerAfter(tokenizer, [...promptIds, ...parent.ids]);
    return { detokenizer: copy, search: search.after(copy.push(id)) };
  };

  return ({ parent, id, tokenLogProbability, logProbability }) => {
    const isEnd = id === eosId;
    const text = isEnd || stop.length === 0 ? undefined : longer(parent, id);
    const score = scoreOf(logProbability, parent.length + 1);
    const complete = isEnd || text?.search.start !== undefined;
    const own = isEnd ? undefined : id;
    const made = new GrowingHypothesis({ parent, id: own, tokenLogProbability, logProbability, score, complete });
    if (text) texts.set(made, text);
    return made;
  };
}

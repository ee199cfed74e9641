import { PAD_ID, type Tokenizer } from '../../src/text/Tokenizer.js';
import type { Table } from './tablePredictor.js';

/** What a reference search is told. */
export interface ReferenceOptions {
  readonly beams: number;
  readonly lengthPenalty: number;
  readonly maxLength: number;
  readonly promptIds?: ArrayLike<number>;
  /** How many of the best finished hypotheses a live one may still come before. Default 1. */
  readonly wanted?: number;
}

/** The tokens of a hypothesis; where it is complete, EOS is the last. */
type Tokens = readonly number[];

/** A time step of a search. */
export interface ReferenceStep {
  /** Live hypotheses that the bound allows to come before the `wanted`-th finished one, best first. */
  readonly live: readonly Tokens[];
  /** Finished hypotheses, best first. */
  readonly finished: readonly Tokens[];
  /** The `wanted` best finished ones, as far as no live hypothesis can come before them any more. */
  readonly settled: readonly Tokens[];
  /** What all that can win, the best finished one too, have in common; without EOS. */
  readonly certain: Tokens;
}

/**
 * Beam search in its plainest form: lists of tokens, each looked up from its beginning whenever its probability is
 * asked for. Hypotheses that cannot win stay in the beam; the search ends when there is none but these.
 */
export function referenceBeamSearch(tokenizer: Tokenizer, table: Table, options: ReferenceOptions): ReferenceStep[] {
  const { eosId, unknownId, vocabularySize } = tokenizer;
  const { beams, lengthPenalty, maxLength, promptIds = [], wanted = 1 } = options;

  function logProbability(tokens: Tokens): number {
    let sum = 0;
    for (let place = 0; place < tokens.length; place++) {
      const row = table([eosId, ...Array.from(promptIds), ...tokens.slice(0, place)]);
      sum += Math.fround(Math.log(row[tokens[place] ?? -1] ?? 0));
    }
    return sum;
  }

  function penalized(sum: number, length: number): number {
    return sum / ((5 + length) ** lengthPenalty / (5 + 1) ** lengthPenalty);
  }

  const scoreOf = (tokens: Tokens): number => penalized(logProbability(tokens), tokens.length);
  const bestScoreOf = (tokens: Tokens): number => penalized(logProbability(tokens), maxLength);
  const best = (all: readonly Tokens[], of: (tokens: Tokens) => number): Tokens[] =>
    [...all].sort((a, b) => of(b) - of(a));

  const steps: ReferenceStep[] = [];
  let beam: Tokens[] = [[]];
  let finished: Tokens[] = [];
  let canWin: Tokens[] = beam;
  while (canWin.length > 0) {
    const extended: Tokens[] = [];
    for (const tokens of beam) {
      const longer: Tokens[] = [];
      for (let id = 0; id < vocabularySize; id++) if (id !== PAD_ID && id !== unknownId) longer.push([...tokens, id]);
      const possible = longer.filter((one) => logProbability(one) > -Infinity);
      extended.push(...best(possible, logProbability).slice(0, beams));
    }
    const kept = best(extended, logProbability).slice(0, beams);
    const ends = (tokens: Tokens): boolean => tokens.at(-1) === eosId || tokens.length === maxLength;
    finished = best([...finished, ...kept.filter(ends)], scoreOf);
    beam = kept.filter((tokens) => !ends(tokens));
    const last = finished[wanted - 1];
    canWin = last === undefined ? beam : beam.filter((tokens) => bestScoreOf(tokens) > scoreOf(last));
    const texts = [...canWin, ...finished.slice(0, 1)].map((tokens) => tokens.filter((id) => id !== eosId));
    const settled = finished
      .slice(0, wanted)
      .filter((tokens) => !canWin.some((other) => bestScoreOf(other) > scoreOf(tokens)));
    steps.push({ live: canWin, finished, settled, certain: shared(texts) });
  }
  return steps;
}

/** The longest beginning that all lists have. */
function shared(lists: readonly Tokens[]): Tokens {
  const [first = []] = lists;
  let beginning: Tokens = [];
  for (let length = 1; length <= first.length; length++) {
    const longer = first.slice(0, length);
    if (lists.every((list) => list.slice(0, length).join() === longer.join())) beginning = longer;
  }
  return beginning;
}

import type { AsyncIterableX } from 'ix/asynciterable';
import { asyncIterable } from './asyncIterable.js';
import { type BeamSearchOptions, checkBeamOptions } from './beamOptions.js';
import type { Sentence } from './Sentence.js';
import { searchBeams } from './searchBeams.js';
import { sentenceOf } from './sentenceOf.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** Options of `nBest`. */
export interface NBestOptions extends BeamSearchOptions {
  /** How many sentences. Default: as many as `beams`. */
  count?: number | undefined;
}

/**
 * The best sentences that beam search finds, best first; each is yielded as soon as no live hypothesis can come before
 * it. The search ends when none can come before the last of them; fewer come when fewer were found.
 *
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function nBest<State>(
  predictor: TokenPredictor<State>,
  { count, ...options }: NBestOptions = {},
): AsyncIterableX<Sentence> {
  const { tokenizer } = predictor;
  const checked = checkBeamOptions(options, predictor, count);
  const { penalty, wanted, signal } = checked;

  async function* sentences(): AsyncGenerator<Sentence> {
    let yielded = 0;
    for await (const { live, finished } of searchBeams(predictor, checked)) {
      const best = live[0] ? penalty.bound(live[0].logProbability) : -Infinity;
      for (const hypothesis of finished.slice(yielded, wanted)) {
        if (best > hypothesis.score) break;
        yielded++;
        yield sentenceOf(tokenizer, checked, hypothesis.toHypothesis());
        signal?.throwIfAborted();
      }
    }
  }

  return asyncIterable(sentences);
}

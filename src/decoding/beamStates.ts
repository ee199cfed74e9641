import type { AsyncIterableX } from 'ix/asynciterable';
import { asyncIterable } from './asyncIterable.js';
import type { BeamState } from './BeamState.js';
import { type BeamSearchOptions, checkBeamOptions } from './beamOptions.js';
import { searchBeams } from './searchBeams.js';
import type { TokenPredictor } from './TokenPredictor.js';

/**
 * The beam search of `beamSearch`, as a stream of its states, one a time step: for teaching, debugging and drawing.
 *
 *     for await (const { step, live, committed } of beamStates(model, { beams: 4 })) console.log(step, live.length, committed);
 *
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function beamStates<State>(
  predictor: TokenPredictor<State>,
  options: BeamSearchOptions = {},
): AsyncIterableX<BeamState> {
  const checked = checkBeamOptions(options, predictor, 1);

  async function* states(): AsyncGenerator<BeamState> {
    for await (const { step, live, finished, committed, done } of searchBeams(predictor, checked)) {
      const plain = (all: typeof live) => all.map((hypothesis) => hypothesis.toHypothesis());
      yield { step, live: plain(live), finished: plain(finished), committed: committed.ids, done };
    }
  }

  return asyncIterable(states);
}

import type { AsyncIterableX } from 'ix/asynciterable';
import { asyncIterable } from './asyncIterable.js';
import type { BeamNode, BeamTreeStep } from './BeamTreeStep.js';
import { type BeamSearchOptions, checkBeamOptions } from './beamOptions.js';
import { ROOT } from './extension.js';
import type { GrowingHypothesis } from './GrowingHypothesis.js';
import { searchBeams } from './searchBeams.js';
import type { TokenPredictor } from './TokenPredictor.js';

/**
 * The beam search of `beamSearch` as a tree that grows: what each time step adds to it, those that are set aside with why. A step takes no
 * more however long the text is; `beamStates` has the hypotheses whole.
 *
 *     for await (const { made } of beamTree(model, { beams: 4 }))
 *       for (const { node, parent, id, fate } of made) console.log(`${parent} → ${node}: ${id}, ${fate}`);
 *
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function beamTree<State>(
  predictor: TokenPredictor<State>,
  options: BeamSearchOptions = {},
): AsyncIterableX<BeamTreeStep> {
  const { eosId } = predictor.tokenizer;
  const checked = checkBeamOptions(options, predictor, 1);
  const { penalty } = checked;

  async function* steps(): AsyncGenerator<BeamTreeStep> {
    const numbers = new WeakMap([[ROOT, 0]]);
    const numberOf = (of: GrowingHypothesis): number => numbers.get(of) as number;
    let count = 0;
    let before: readonly GrowingHypothesis[] = [ROOT];
    for await (const { step, kept, deadEnds, live, finished, committed, done } of searchBeams(predictor, checked)) {
      const goOn = new Set(live);
      const made = kept.map((hypothesis): BeamNode => {
        const { parent = ROOT, id = eosId, tokenLogProbability, logProbability, score, complete } = hypothesis;
        const node = ++count;
        numbers.set(hypothesis, node);
        const hasEnded = complete || step === checked.maxLength;
        return {
          ...{ node, parent: numberOf(parent), id, tokenLogProbability, logProbability, score },
          bound: hasEnded ? score : penalty.bound(logProbability),
          fate: hasEnded ? 'finished' : goOn.has(hypothesis) ? 'live' : 'beaten',
        };
      });
      const parents = new Set(made.map(({ parent }) => parent));
      const left = before
        .map((hypothesis) => ({
          node: numberOf(hypothesis),
          why: deadEnds.includes(hypothesis) ? ('no token' as const) : ('others' as const),
        }))
        .filter(({ node }) => !parents.has(node));
      const [best] = finished;
      yield { step, made, left, committed: numberOf(committed), best: best && numberOf(best), done };
      before = live;
    }
  }

  return asyncIterable(steps);
}

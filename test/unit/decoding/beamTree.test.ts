import test from 'ava';
import { toArray } from 'ix/asynciterable';
import type { BeamNode } from '../../../src/decoding/BeamTreeStep.js';
import { beamStates } from '../../../src/decoding/beamStates.js';
import { beamTree } from '../../../src/decoding/beamTree.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import fc from '../../support/fastCheck.js';
import { randomTable, tableRecipes } from '../../support/randomTable.js';
import { sweepOf } from '../../support/sweeps.js';
import { markovChain, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abc');
const { eosId } = tokenizer;

const nameOf = (id: number): string => (id === eosId ? '.' : tokenizer.decode([id]));
const shown = ({ node, parent, id, fate }: BeamNode): string => `${parent} → ${node} ${nameOf(id)} ${fate}`;

// ── A search by hand ──

test('nodes go on, end, are beaten and left as a search by hand has it', async (t) => {
  const table = markovChain(tokenizer, {
    EOS: { a: 0.5, b: 0.3, c: 0.2 },
    a: { a: 0.5, EOS: 0.4, b: 0.1 },
    b: { EOS: 0.9, c: 0.1 },
    c: { pad: 1 },
  });
  const steps = await toArray(beamTree(new TablePredictor(tokenizer, table), { beams: 3 }));
  t.deepEqual(
    steps.map(({ step, made, left, committed, best, done }) => ({
      step,
      made: made.map(shown),
      left,
      committed,
      best,
      done,
    })),
    [
      {
        step: 1,
        made: ['0 → 1 a live', '0 → 2 b live', '0 → 3 c live'],
        ...{ left: [], committed: 0, best: undefined, done: false },
      },
      {
        // b. 0.27, aa 0.25, a. 0.2: aa cannot reach 0.27. Only pad follows c, and that is never generated.
        step: 2,
        made: ['2 → 4 . finished', '1 → 5 a beaten', '1 → 6 . finished'],
        ...{ left: [{ node: 3, why: 'no token' }], committed: 2, best: 4, done: true },
      },
    ],
  );
  const [, last] = steps;
  for (const [at, expected] of [0.27, 0.25, 0.2].entries()) {
    const { logProbability = 0, score, bound } = last?.made[at] ?? {};
    t.true(Math.abs(logProbability - Math.log(expected)) < 1e-6);
    t.is(score, logProbability);
    t.is(bound, logProbability);
  }
});

test('what others crowd out is left, and what all share is committed meanwhile', async (t) => {
  const table = markovChain(tokenizer, {
    EOS: { a: 0.6, b: 0.4 },
    a: { a: 0.5, b: 0.5 },
    b: { a: 0.3, b: 0.3, c: 0.4 },
    c: { EOS: 1 },
  });
  const [, second] = await toArray(beamTree(new TablePredictor(tokenizer, table), { beams: 2, maxLength: 3 }));
  // aa 0.3 and ab 0.3; of b, bc has 0.16.
  t.deepEqual(second?.made.map(shown), ['1 → 3 a live', '1 → 4 b live']);
  t.deepEqual(second?.left, [{ node: 2, why: 'others' }]);
  t.is(second?.committed, 1);
});

test('with a length penalty, the bound is the score that certain tokens up to maxLength would give', async (t) => {
  const table = markovChain(tokenizer, { EOS: { a: 0.5, EOS: 0.5 }, a: { a: 0.5, EOS: 0.5 } });
  const options = { beams: 2, maxLength: 4, lengthPenalty: 1 };
  const [first] = await toArray(beamTree(new TablePredictor(tokenizer, table), options));
  const nat = Math.fround(Math.log(0.5));
  // Of equals, the lower id, EOS, is first. lp(4) = 9/6, and lp(1) = 1.
  t.deepEqual(first?.made.map(shown), ['0 → 1 . finished', '0 → 2 a live']);
  t.is(first?.made[0]?.bound, nat);
  t.is(first?.made[1]?.score, nat);
  t.true(Math.abs((first?.made[1]?.bound ?? 0) - (nat * 6) / 9) < 1e-9);
});

// ── The states of the search ──

test('the tree has what the states of the same search have', async (t) => {
  const searches = fc.record({
    recipe: tableRecipes,
    beams: fc.integer({ min: 1, max: 5 }),
    lengthPenalty: fc.constantFrom(0, 0.3, 1, 2),
    maxLength: fc.integer({ min: 1, max: 6 }),
    prompt: fc.constantFrom('', 'a', 'cab'),
  });
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, ...options }) => {
      const predictor = () => new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      const steps = await toArray(beamTree(predictor(), options));
      const states = await toArray(beamStates(predictor(), options));
      const nodes: (BeamNode | undefined)[] = [undefined];
      const pathTo = (node: number): number[] => {
        const { parent, id } = nodes[node] ?? {};
        return id === undefined ? [] : [...pathTo(parent ?? 0), id];
      };
      t.is(steps.length, states.length);
      let live = [0];
      for (const [at, { step, made, left, committed, best, done }] of steps.entries()) {
        nodes.push(...made);
        t.is(nodes.length - 1, made.at(-1)?.node ?? nodes.length - 1);
        const state = states[at];
        const goOn = made.filter(({ fate }) => fate === 'live');
        t.deepEqual(
          goOn.map(({ node }) => pathTo(node)),
          state?.live.map(({ ids }) => ids),
        );
        t.deepEqual(pathTo(committed), state?.committed);
        const [first] = state?.finished ?? [];
        t.deepEqual(
          best === undefined ? undefined : pathTo(best),
          first && (first.complete ? [...first.ids, eosId] : first.ids),
        );
        t.deepEqual([step, done], [state?.step, state?.done]);
        // Each that was live before goes on or is left, and nothing goes on from another.
        t.deepEqual(
          [...new Set([...made.map(({ parent }) => parent), ...left.map(({ node }) => node)])].sort((a, b) => a - b),
          live,
        );
        for (const { bound, fate } of made)
          if (fate !== 'finished') t.is(bound > (first?.score ?? -Infinity), fate === 'live');
        live = goOn.map(({ node }) => node).sort((a, b) => a - b);
      }
    }),
    { numRuns: sweepOf(200, 40) },
  );
});

import test from 'ava';
import { toArray } from 'ix/asynciterable';
import type { BeamState } from '../../../src/decoding/BeamState.js';
import { beamStates } from '../../../src/decoding/beamStates.js';
import type { Hypothesis } from '../../../src/decoding/Hypothesis.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import fc from '../../support/fastCheck.js';
import { randomTable, tableRecipes } from '../../support/randomTable.js';
import { referenceBeamSearch } from '../../support/referenceBeamSearch.js';
import { sweepOf } from '../../support/sweeps.js';
import { idOf, markovChain, sameEverywhere, type Table, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abc');
const { eosId } = tokenizer;
const id = (name: string): number => idOf(tokenizer, name);

/** A search of any kind, small enough to be done by hand. */
const searches = fc.record({
  recipe: tableRecipes,
  beams: fc.integer({ min: 1, max: 5 }),
  lengthPenalty: fc.constantFrom(0, 0.3, 1, 2),
  maxLength: fc.integer({ min: 1, max: 6 }),
  prompt: fc.constantFrom('', 'a', 'cab'),
});

/** A hypothesis as the reference has it: EOS is one of its tokens. */
const tokensOf = ({ ids, complete }: Hypothesis): number[] => (complete ? [...ids, eosId] : [...ids]);

const textsOf = (hypotheses: readonly Hypothesis[]): string[] =>
  hypotheses.map(({ ids, complete }) => tokenizer.decode(ids) + (complete ? '.' : ''));

/** Asserts a fact of every state of many searches. */
async function holdsInAllStates(fact: (state: BeamState, before: BeamState | undefined) => boolean): Promise<void> {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, ...options }) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      const states = await toArray(beamStates(predictor, options));
      return states.every((state, index) => fact(state, states[index - 1]));
    }),
  );
}

// ── A search by hand ──

test('hypotheses go on, end, and are dropped as a search by hand has it', async (t) => {
  const table = markovChain(tokenizer, {
    EOS: { a: 0.6, b: 0.4 },
    a: { EOS: 0.25, b: 0.4, c: 0.35 },
    b: { EOS: 0.9, c: 0.1 },
    c: { EOS: 0.5, a: 0.5 },
  });
  const states = await toArray(beamStates(new TablePredictor(tokenizer, table), { beams: 2 }));
  t.deepEqual(
    states.map(({ live, finished }) => [textsOf(live), textsOf(finished)]),
    [
      // a 0.6, b 0.4
      [['a', 'b'], []],
      // b. 0.36 and ab 0.24 are the best two of b. 0.36, ab 0.24, ac 0.21, bc 0.04; ab cannot reach 0.36.
      [[], ['b.']],
    ],
  );
});

// ── Another implementation ──

test('live hypotheses, the best finished one, and what is certain are those of a plain reference at every time step', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, prompt, ...options }) => {
      const table = randomTable(tokenizer, recipe);
      const states = await toArray(beamStates(new TablePredictor(tokenizer, table), { ...options, prompt }));
      const reference = referenceBeamSearch(tokenizer, table, { ...options, promptIds: tokenizer.encode(prompt) });
      t.deepEqual(
        states.map(({ live, finished, committed }) => ({
          live: live.map(tokensOf),
          best: finished.slice(0, 1).map(tokensOf),
          certain: committed,
        })),
        reference.map(({ live, finished, certain }) => ({ live, best: finished.slice(0, 1), certain })),
      );
    }),
    { numRuns: sweepOf(300, 60) },
  );
});

test('the search makes as many calls as the reference has time steps, and one for each token of the prompt', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, prompt, ...options }) => {
      const table = randomTable(tokenizer, recipe);
      const promptIds = tokenizer.encode(prompt);
      const predictor = new TablePredictor(tokenizer, table);
      await toArray(beamStates(predictor, { ...options, prompt }));
      const reference = referenceBeamSearch(tokenizer, table, { ...options, promptIds });
      t.is(predictor.calls.length, promptIds.length + reference.length);
    }),
    { numRuns: sweepOf(200, 40) },
  );
});

test('every live hypothesis can still win: a future that favours it makes it the result', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, fc.nat(), async ({ recipe, prompt, ...options }, choice) => {
      const table = randomTable(tokenizer, recipe);
      const states = await toArray(beamStates(new TablePredictor(tokenizer, table), { ...options, prompt }));
      const open = states.flatMap(({ live }) => live);
      fc.pre(open.length > 0);
      const favourite = open[choice % open.length]?.ids ?? [];
      const read = 1 + prompt.length;
      const favouring: Table = (prefix) => {
        const generated = prefix.slice(read);
        if (generated.length < favourite.length) return table(prefix);
        const favoured = favourite.every((token, place) => generated[place] === token);
        return sameEverywhere(tokenizer, favoured ? { a: 1 } : { pad: 0.999999, a: 0.000001 })(prefix);
      };
      const [result] =
        (await toArray(beamStates(new TablePredictor(tokenizer, favouring), { ...options, prompt }))).at(-1)
          ?.finished ?? [];
      t.deepEqual(result?.ids.slice(0, favourite.length), favourite);
    }),
    { numRuns: sweepOf(200, 40) },
  );
});

// ── What a state is ──

test('step counts time steps from 1, and every live hypothesis has so many tokens', async (t) => {
  await holdsInAllStates(({ step, live }, before) => {
    return step === (before?.step ?? 0) + 1 && live.every(({ ids, complete }) => ids.length === step && !complete);
  });
  t.pass();
});

test('live hypotheses are at most as many as beams, the most probable first', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, ...options }) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      for await (const { live, finished } of beamStates(predictor, options)) {
        const values = live.map(({ logProbability }) => logProbability);
        t.deepEqual(
          values,
          values.toSorted((a, b) => b - a),
        );
        t.true(live.length <= options.beams && finished.length <= options.beams);
      }
    }),
  );
});

test('finished hypotheses are the highest score first', async (t) => {
  await holdsInAllStates(({ finished }) => {
    return finished.every(({ score }, index) => score <= (finished[index - 1]?.score ?? 0));
  });
  t.pass();
});

test('what is committed only grows', async (t) => {
  await holdsInAllStates(({ committed }, before) => {
    return (before?.committed ?? []).every((token, place) => committed[place] === token);
  });
  t.pass();
});

test('every live hypothesis, and the best finished one, begins with what is committed', async (t) => {
  await holdsInAllStates(({ committed, live, finished }) =>
    [...live, ...finished.slice(0, 1)].every(({ ids }) => committed.every((token, place) => ids[place] === token)),
  );
  t.pass();
});

test('the last state alone is done: nothing is live, and what is committed is the best finished hypothesis', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, ...options }) => {
      const states = await toArray(beamStates(new TablePredictor(tokenizer, randomTable(tokenizer, recipe)), options));
      t.deepEqual(
        states.map(({ done }) => done),
        states.map((_, index) => index === states.length - 1),
      );
      const last = states.at(-1);
      t.deepEqual(last?.live, []);
      t.deepEqual(last?.committed, last?.finished[0]?.ids);
    }),
  );
});

test('a hypothesis has the log-probability of each of its tokens, EOS too, as the model gave it, and their sum', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, prompt, ...options }) => {
      const table = randomTable(tokenizer, recipe);
      const read = [eosId, ...tokenizer.encode(prompt)];
      for await (const { live, finished } of beamStates(new TablePredictor(tokenizer, table), { ...options, prompt }))
        for (const hypothesis of [...live, ...finished]) {
          const tokens = tokensOf(hypothesis);
          const expected = tokens.map((token, place) => {
            const row = table([...read, ...tokens.slice(0, place)]);
            return Math.fround(Math.log(row[token] ?? 0));
          });
          t.deepEqual(hypothesis.logProbabilities, expected);
          t.is(
            hypothesis.logProbability,
            expected.reduce((a, b) => a + b),
          );
        }
    }),
    { numRuns: sweepOf(50, 15) },
  );
});

test('the score is the log-probability over ((5 + length) / 6)^α, EOS counted in the length, the prompt not', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.5, EOS: 0.5 });
  const predictor = new TablePredictor(tokenizer, table);
  const states = await toArray(beamStates(predictor, { prompt: 'bbbb', beams: 2, lengthPenalty: 0.7, maxLength: 3 }));
  const scores = states.at(-1)?.finished.map(({ ids, score }) => [ids.length, score]) ?? [];
  const nat = Math.fround(Math.log(0.5));
  // EOS alone, a and EOS; aa and EOS, and aaa, which is cut, are of one length: the first of them had no room.
  for (const [length, score] of scores) {
    const tokens = Math.min(3, (length ?? 0) + 1);
    t.true(Math.abs((score ?? 0) - (tokens * nat) / ((5 + tokens) / 6) ** 0.7) < 1e-12);
  }
  t.is(scores.length, 2);
});

// ── Ties ──

test('among equally probable candidates, those of the better parent come first, then those of the lower id', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.25, b: 0.25, c: 0.25, EOS: 0.25 });
  const bannedIds = [eosId];
  const states = await toArray(beamStates(new TablePredictor(tokenizer, table), { beams: 4, maxLength: 3, bannedIds }));
  t.deepEqual(
    states.slice(0, 2).map(({ live }) => textsOf(live)),
    [
      ['a', 'b', 'c'],
      ['aa', 'ab', 'ac', 'ba'],
    ],
  );
  t.deepEqual(textsOf(states[2]?.finished ?? []), ['aaa', 'aab', 'aac', 'aba']);
});

test('among finished hypotheses of one score, the one that was finished first is the better', async (t) => {
  const table = markovChain(tokenizer, {
    EOS: { a: 0.5, b: 0.5 },
    a: { c: 1 },
    b: { EOS: 0.5, pad: 0.5 },
    c: { EOS: 0.5, pad: 0.5 },
  });
  const states = await toArray(beamStates(new TablePredictor(tokenizer, table), { beams: 2 }));
  t.deepEqual(
    states.map(({ finished }) => textsOf(finished)),
    [[], ['b.'], ['b.', 'ac.']],
  );
});

test('the same search gives the same states again', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, ...options }) => {
      const states = beamStates(new TablePredictor(tokenizer, randomTable(tokenizer, recipe)), options);
      t.deepEqual(await toArray(states), await toArray(states));
    }),
    { numRuns: sweepOf(30, 15) },
  );
});

test('each time step is one call of the predictor, with a row for each live hypothesis', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });
  const predictor = new TablePredictor(tokenizer, table);
  const states = await toArray(beamStates(predictor, { beams: 3, maxLength: 4 }));
  t.deepEqual(
    predictor.calls.slice(1).map(({ ids }) => ids),
    states.slice(0, -1).map(({ live }) => live.map(({ ids }) => ids.at(-1) ?? -1)),
  );
  t.deepEqual(predictor.calls[2]?.ids, [id('a'), id('b'), id('a')]);
});

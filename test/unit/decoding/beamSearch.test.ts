import test, { type ExecutionContext } from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { beamStates } from '../../../src/decoding/beamStates.js';
import { greedy } from '../../../src/decoding/greedy.js';
import type { Hypothesis } from '../../../src/decoding/Hypothesis.js';
import { score } from '../../../src/decoding/score.js';
import type { Token } from '../../../src/decoding/Token.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { everySentence } from '../../support/everySentence.js';
import fc from '../../support/fastCheck.js';
import { randomTable, type TableRecipe, tableRecipes } from '../../support/randomTable.js';
import { referenceBeamSearch } from '../../support/referenceBeamSearch.js';
import { sweepOf } from '../../support/sweeps.js';
import { markovChain, recitation, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abc');

const alphas = fc.constantFrom(0, 0.3, 1, 2);
const searches = fc.record({
  recipe: tableRecipes,
  beams: fc.integer({ min: 1, max: 5 }),
  lengthPenalty: alphas,
  maxLength: fc.integer({ min: 1, max: 6 }),
  prompt: fc.constantFrom('', 'a', 'cab'),
});

const idsOf = (tokens: readonly Token[]): number[] => tokens.map(({ id }) => id);
const textOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join('');

/** The best hypothesis of a search with room for every beginning there is. */
async function bestOf(
  predictor: TablePredictor,
  options: { maxLength: number; lengthPenalty?: number },
): Promise<Hypothesis> {
  const states = await toArray(beamStates(predictor, { ...options, beams: 5000 }));
  const best = states.at(-1)?.finished[0];
  if (!best) throw new Error('Expected a finished hypothesis, got none');
  return best;
}

// ── The most probable sentence ──

test('where greedy goes wrong, beam search finds the most probable sentence', async (t) => {
  const chain = markovChain(tokenizer, {
    EOS: { a: 0.6, b: 0.4 },
    a: { c: 0.4, b: 0.3, EOS: 0.3 },
    b: { c: 1 },
    c: { EOS: 1 },
  });
  t.is(textOf(await toArray(greedy(new TablePredictor(tokenizer, chain)))), 'ac');
  t.is(textOf(await toArray(beamSearch(new TablePredictor(tokenizer, chain), { beams: 2 }))), 'bc');
});

/** Asserts that no sentence there is has a higher score than the result of a search that is large enough. */
async function isExact(
  t: ExecutionContext,
  tokenizer: CharacterTokenizer,
  recipe: TableRecipe,
  maxLength: number,
  alpha: number,
): Promise<void> {
  const table = randomTable(tokenizer, recipe);
  const scored = everySentence(tokenizer, table, maxLength).map(({ ids, logProbabilities, logProbability }) => ({
    ids,
    score: (logProbability * 6 ** alpha) / (5 + logProbabilities.length) ** alpha,
  }));
  const highest = Math.max(...scored.map(({ score }) => score));
  const { ids, score } = await bestOf(new TablePredictor(tokenizer, table), { maxLength, lengthPenalty: alpha });
  t.true(Math.abs(score - highest) < 1e-9);
  const best = scored.filter((one) => one.score > highest - 1e-9).map((one) => one.ids.join());
  t.true(best.includes(ids.join()));
}

test('with enough beams, no sentence has a higher score, whatever α is, cut ones counted', async (t) => {
  await fc.assert(
    fc.asyncProperty(tableRecipes, alphas, fc.integer({ min: 1, max: 4 }), (recipe, alpha, maxLength) =>
      isExact(t, tokenizer, recipe, maxLength, alpha),
    ),
    { numRuns: sweepOf(60, 15) },
  );
});

test('the same of four characters and five tokens', async (t) => {
  const four = new CharacterTokenizer('abcd');
  for (const [seed, alpha] of [0, 0.5, 1, 3].entries())
    for (const weights of ['smooth', 'peaky', 'ties'] as const) await isExact(t, four, { seed, weights }, 5, alpha);
});

test('the log-probability of a complete sentence is the one that score gives', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, prompt, ...options }) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      const best = (await toArray(beamStates(predictor, { ...options, prompt }))).at(-1)?.finished[0];
      fc.pre(best?.complete === true);
      const scored = await score(predictor, tokenizer.decode(best?.ids ?? []), { prompt });
      t.is(best?.logProbability, scored.logProbability);
    }),
  );
});

test('α = 0 takes the most probable sentence, a larger α a longer one', async (t) => {
  const chain = markovChain(tokenizer, {
    EOS: { a: 0.55, b: 0.45 },
    a: { EOS: 1 },
    b: { c: 0.9, EOS: 0.1 },
    c: { EOS: 1 },
  });
  const withAlpha = async (lengthPenalty: number): Promise<string> =>
    textOf(await toArray(beamSearch(new TablePredictor(tokenizer, chain), { beams: 3, lengthPenalty, maxLength: 10 })));
  // log 0.55 = −0.598 over ((5 + 2) / 6)^α, log 0.405 = −0.904 over ((5 + 3) / 6)^α: equal at α = 3.09.
  t.is(await withAlpha(0), 'a');
  t.is(await withAlpha(3.05), 'a');
  t.is(await withAlpha(3.15), 'bc');
});

// ── Greedy ──

test('with one beam it is greedy: the same tokens, texts and log-probabilities', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, beams: _, lengthPenalty, ...options }) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      t.deepEqual(
        await toArray(beamSearch(predictor, { ...options, lengthPenalty, beams: 1 })),
        await toArray(greedy(predictor, options)),
      );
    }),
  );
});

// ── Streaming ──

test('the tokens that are yielded are those of the best finished hypothesis, with their log-probabilities', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, ...options }) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      const tokens = await toArray(beamSearch(predictor, options));
      const [best] = (await toArray(beamStates(predictor, options))).at(-1)?.finished ?? [];
      t.deepEqual(idsOf(tokens), best?.ids);
      t.deepEqual(
        tokens.map(({ logProbability }) => logProbability),
        best?.logProbabilities.slice(0, tokens.length),
      );
    }),
  );
});

test('each token is yielded at the first time step at which all that can still win agree on it, and not later', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, prompt, ...options }) => {
      const table = randomTable(tokenizer, recipe);
      const promptIds = tokenizer.encode(prompt);
      const predictor = new TablePredictor(tokenizer, table);
      const yielded: [id: number, calls: number][] = [];
      for await (const token of beamSearch(predictor, { ...options, prompt }))
        yielded.push([token.id, predictor.calls.length]);
      const steps = referenceBeamSearch(tokenizer, table, { ...options, promptIds });
      const expected = steps.flatMap(({ certain }, step) =>
        certain
          .slice(steps[step - 1]?.certain.length ?? 0)
          .map((id): [number, number] => [id, promptIds.length + step + 1]),
      );
      t.deepEqual(yielded, expected);
    }),
    { numRuns: sweepOf(300, 60) },
  );
});

test('a token comes long before the end of the sentence where nothing else can win', async (t) => {
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abcabc'));
  const calls: number[] = [];
  for await (const _ of beamSearch(predictor, { beams: 4 })) calls.push(predictor.calls.length);
  t.deepEqual(calls, [1, 2, 3, 4, 5, 6]);
});

// ── Where it stops ──

/** It ends after a, or never. */
const endOrNever = markovChain(tokenizer, {
  EOS: { a: 0.7, b: 0.2, c: 0.1 },
  a: { EOS: 0.9, a: 0.1 },
  b: { b: 1 },
  c: { c: 1 },
});

test('it stops as soon as no live hypothesis can beat the best finished one', async (t) => {
  // After two tokens, 0.7 · 0.9 is finished; nothing that begins with b or c reaches it.
  const predictor = new TablePredictor(tokenizer, endOrNever);
  t.is(textOf(await toArray(beamSearch(predictor, { beams: 3 }))), 'a');
  t.is(predictor.calls.length, 2);
});

test('it goes on while a longer hypothesis may still win by its length', async (t) => {
  // Over ((5 + 20) / 6)^2 even 0.2 is more than 0.63 over ((5 + 2) / 6)^2; it must be seen to the end.
  const predictor = new TablePredictor(tokenizer, endOrNever);
  const tokens = await toArray(beamSearch(predictor, { beams: 3, lengthPenalty: 2, maxLength: 20 }));
  t.is(textOf(tokens), 'b'.repeat(20));
  t.is(predictor.calls.length, 20);
});

test('behind the last token nothing is computed', async (t) => {
  const predictor = new TablePredictor(tokenizer, sameEverywhere(tokenizer, { a: 0.6, b: 0.3, EOS: 0.1 }));
  const iterator = beamSearch(predictor, { beams: 3, maxLength: 5 })[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
  const calls = predictor.calls.length;
  t.deepEqual(await iterator.next(), { done: true, value: undefined });
  t.is(predictor.calls.length, calls);
  t.is(predictor.liveStates, 0);
});

test('one state is alive between tokens, however many beams there are', async (t) => {
  const predictor = new TablePredictor(tokenizer, sameEverywhere(tokenizer, { a: 0.9, b: 0.1 }));
  for await (const _ of beamSearch(predictor, { beams: 4, maxLength: 8 })) t.is(predictor.liveStates, 1);
  t.is(predictor.liveStates, 0);
});

// ── Options ──

for (const [options, message] of [
  [{ beams: 0 }, 'Expected beams to be an integer of at least 1, got 0 (number)'],
  [{ beams: 1.5 }, 'Expected beams to be an integer of at least 1, got 1.5 (number)'],
  [{ lengthPenalty: -1 }, 'Expected lengthPenalty to be a number of at least 0, got -1 (number)'],
  [{ lengthPenalty: Number.NaN }, 'Expected lengthPenalty to be a number of at least 0, got NaN (number)'],
  [
    { lengthPenalty: 0.6 },
    'Expected a maxLength with a lengthPenalty above 0, got none: no search could tell when to stop',
  ],
] as const)
  for (const [name, search] of [
    ['beamSearch', beamSearch],
    ['beamStates', beamStates],
  ] as const)
    test(`${name}, when called: ${message}`, (t) => {
      t.throws(() => search(new TablePredictor(tokenizer, recitation(tokenizer, 'a')), options), {
        instanceOf: InvalidArgumentError,
        message,
      });
    });

test('there are 8 beams, and no length penalty, where nobody says otherwise', async (t) => {
  await fc.assert(
    fc.asyncProperty(tableRecipes, async (recipe) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      const states = await toArray(beamStates(predictor, { maxLength: 4 }));
      t.deepEqual(states, await toArray(beamStates(predictor, { maxLength: 4, beams: 8, lengthPenalty: 0 })));
    }),
    { numRuns: 20 },
  );
});

import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { nBest } from '../../../src/decoding/nBest.js';
import type { Sentence } from '../../../src/decoding/Sentence.js';
import { score } from '../../../src/decoding/score.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { everySentence } from '../../support/everySentence.js';
import fc from '../../support/fastCheck.js';
import { randomTable, tableRecipes } from '../../support/randomTable.js';
import { referenceBeamSearch } from '../../support/referenceBeamSearch.js';
import { sweepOf } from '../../support/sweeps.js';
import { idOf, markovChain, recitation, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abc');
const { eosId } = tokenizer;

const searches = fc.record({
  recipe: tableRecipes,
  beams: fc.integer({ min: 1, max: 5 }),
  count: fc.integer({ min: 1, max: 8 }),
  lengthPenalty: fc.constantFrom(0, 0.3, 1, 2),
  maxLength: fc.integer({ min: 1, max: 6 }),
  prompt: fc.constantFrom('', 'a', 'cab'),
});

const tokensOf = ({ ids, complete }: Sentence): number[] => (complete ? [...ids, eosId] : [...ids]);

test('with enough beams, they are the best of all sentences there are, best first', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, fc.integer({ min: 1, max: 20 }), async ({ recipe, lengthPenalty }, count) => {
      const table = randomTable(tokenizer, recipe);
      const all = everySentence(tokenizer, table, 3).map(({ ids, logProbabilities, logProbability }) => ({
        name: [ids.join(), logProbabilities.length].join(':'),
        score: (logProbability * 6 ** lengthPenalty) / (5 + logProbabilities.length) ** lengthPenalty,
      }));
      const ranking = all.map(({ score }) => score).toSorted((a, b) => b - a);
      const options = { beams: 100, count, lengthPenalty, maxLength: 3 };
      const sentences = await toArray(nBest(new TablePredictor(tokenizer, table), options));
      t.is(sentences.length, Math.min(count, ranking.length));
      for (const [rank, { ids, logProbabilities, score }] of sentences.entries()) {
        t.true(Math.abs(score - (ranking[rank] ?? 0)) < 1e-9);
        const own = all.find(({ name }) => name === [ids.join(), logProbabilities.length].join(':'));
        t.true(Math.abs(score - (own?.score ?? 0)) < 1e-9);
      }
      t.is(new Set(sentences.map(({ ids }) => ids.join())).size, sentences.length);
    }),
    { numRuns: sweepOf(60, 15) },
  );
});

test('each sentence is yielded at the first time step at which no live hypothesis can come before it', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, prompt, count, ...options }) => {
      const table = randomTable(tokenizer, recipe);
      const promptIds = tokenizer.encode(prompt);
      const predictor = new TablePredictor(tokenizer, table);
      const yielded: [tokens: readonly number[], calls: number][] = [];
      for await (const sentence of nBest(predictor, { ...options, count, prompt }))
        yielded.push([tokensOf(sentence), predictor.calls.length]);
      const steps = referenceBeamSearch(tokenizer, table, { ...options, promptIds, wanted: count });
      const expected = steps.flatMap(({ settled }, step) =>
        settled
          .slice(steps[step - 1]?.settled.length ?? 0)
          .map((tokens): [readonly number[], number] => [tokens, promptIds.length + step + 1]),
      );
      t.deepEqual(yielded, expected);
    }),
    { numRuns: sweepOf(300, 60) },
  );
});

test('the search ends when no live hypothesis can come before the last sentence, not later and not earlier', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, prompt, count, ...options }) => {
      const table = randomTable(tokenizer, recipe);
      const promptIds = tokenizer.encode(prompt);
      const predictor = new TablePredictor(tokenizer, table);
      await toArray(nBest(predictor, { ...options, count, prompt }));
      const reference = referenceBeamSearch(tokenizer, table, { ...options, promptIds, wanted: count });
      t.is(predictor.calls.length, promptIds.length + reference.length);
      t.is(predictor.liveStates, 0);
    }),
  );
});

test('the first of them is what beamSearch generates', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, count, ...options }) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      const [first] = await toArray(nBest(predictor, { ...options, count }));
      const tokens = await toArray(beamSearch(predictor, options));
      t.is(first?.text, tokens.map(({ text }) => text).join(''));
    }),
  );
});

test('fewer come when fewer were found', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.5, EOS: 0.5 });
  const predictor = new TablePredictor(tokenizer, table);
  const sentences = await toArray(nBest(predictor, { beams: 4, count: 10, maxLength: 2 }));
  // What is as probable comes in the order of ids, EOS before a.
  t.deepEqual(
    sentences.map(({ text, complete }) => [text, complete]),
    [
      ['', true],
      ['a', true],
      ['aa', false],
    ],
  );
});

test('there are as many as beams where nobody says otherwise', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.4, b: 0.2, EOS: 0.4 });
  t.is((await toArray(nBest(new TablePredictor(tokenizer, table), { beams: 3 }))).length, 3);
  t.is((await toArray(nBest(new TablePredictor(tokenizer, table)))).length, 8);
});

test('there may be more than beams', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.4, EOS: 0.6 });
  const sentences = await toArray(nBest(new TablePredictor(tokenizer, table), { beams: 2, count: 5 }));
  t.deepEqual(
    sentences.map(({ text }) => text),
    ['', 'a', 'aa', 'aaa', 'aaaa'],
  );
});

test('a sentence has its text without the prompt, its tokens, and the log-probabilities of its tokens, EOS last', async (t) => {
  const chain = markovChain(tokenizer, { EOS: { a: 1 }, a: { b: 0.5, EOS: 0.5 }, b: { EOS: 0.75, a: 0.25 } });
  const [, second] = await toArray(nBest(new TablePredictor(tokenizer, chain), { prompt: 'a', beams: 2 }));
  const [half, threeQuarters] = [0.5, 0.75].map((p) => Math.fround(Math.log(p))) as [number, number];
  t.deepEqual(second, {
    ids: [...tokenizer.encode('b')],
    text: 'b',
    tokens: [{ id: idOf(tokenizer, 'b'), text: 'b', logProbability: half }],
    logProbabilities: [half, threeQuarters],
    logProbability: half + threeQuarters,
    score: half + threeQuarters,
    complete: true,
  });
});

test('the score of a complete sentence, without length penalty, is what score gives its text', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, prompt, lengthPenalty: _, ...options }) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      for (const sentence of await toArray(nBest(predictor, { ...options, prompt })))
        if (sentence.complete) t.is(sentence.score, (await score(predictor, sentence.text, { prompt })).logProbability);
      t.pass();
    }),
    { numRuns: sweepOf(50, 15) },
  );
});

for (const [options, message] of [
  [{ count: 0 }, 'Expected count to be an integer of at least 1, got 0 (number)'],
  [{ count: 2.5 }, 'Expected count to be an integer of at least 1, got 2.5 (number)'],
  [{ beams: 0 }, 'Expected beams to be an integer of at least 1, got 0 (number)'],
] as const)
  test(`when called: ${message}`, (t) => {
    t.throws(() => nBest(new TablePredictor(tokenizer, recitation(tokenizer, 'a')), options), {
      instanceOf: InvalidArgumentError,
      message,
    });
  });

import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { greedy } from '../../../src/decoding/greedy.js';
import { temperature } from '../../../src/decoding/processors/temperature.js';
import { topK } from '../../../src/decoding/processors/topK.js';
import type { Sentence } from '../../../src/decoding/Sentence.js';
import { type StochasticBeamSearchOptions, stochasticBeamSearch } from '../../../src/decoding/stochasticBeamSearch.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { everySentence } from '../../support/everySentence.js';
import fc from '../../support/fastCheck.js';
import { randomTable, tableRecipes } from '../../support/randomTable.js';
import { CRITICAL, chiSquare } from '../../support/statistics.js';
import { sweepOf } from '../../support/sweeps.js';
import { markovChain, recitation, sameEverywhere, type Table, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('ab');
const chain = markovChain(tokenizer, {
  EOS: { a: 0.5, b: 0.3, EOS: 0.2 },
  a: { a: 0.3, b: 0.1, EOS: 0.6 },
  b: { a: 0.5, b: 0.25, EOS: 0.25 },
});
const DRAWS = sweepOf(4000, 1000);

/** What a sentence is called here: its text, and a dot where it is complete. */
const nameOf = ({ ids, complete }: Pick<Sentence, 'ids' | 'complete'>): string =>
  tokenizer.decode(ids) + (complete ? '.' : '');

/** The seven sentences of at most two tokens, by probability. */
const PROBABILITIES = new Map(
  everySentence(tokenizer, chain, 2).map((sentence) => [nameOf(sentence), Math.exp(sentence.logProbability)]),
);

async function draw(options: StochasticBeamSearchOptions, table: Table = chain): Promise<Sentence[]> {
  return toArray(stochasticBeamSearch(new TablePredictor(tokenizer, table), { maxLength: 2, ...options }));
}

/** The names of what each of many seeds draws. */
async function drawMany(options: StochasticBeamSearchOptions, draws = DRAWS): Promise<string[][]> {
  const all: string[][] = [];
  for (let seed = 1; seed <= draws; seed++) all.push((await draw({ ...options, seed })).map(nameOf));
  return all;
}

/** All ways to draw so many of the sentences without replacement, in order, by probability. */
function withoutReplacement(count: number): Map<string, number> {
  let ways = new Map<string, number>([['', 1]]);
  for (let drawn = 0; drawn < count; drawn++) {
    const longer = new Map<string, number>();
    for (const [way, probability] of ways) {
      const before = way === '' ? [] : way.split('|');
      const left = [...PROBABILITIES].filter(([name]) => !before.includes(`<${name}>`));
      const total = left.reduce((sum, [, p]) => sum + p, 0);
      for (const [name, p] of left) longer.set([...before, `<${name}>`].join('|'), (probability * p) / total);
    }
    ways = longer;
  }
  return ways;
}

const wayOf = (names: readonly string[]): string => names.map((name) => `<${name}>`).join('|');

function count(names: readonly string[], of: Iterable<string>): number[] {
  return [...of].map((name) => names.filter((other) => other === name).length);
}

// ── Distribution ──

for (const beams of [1, 3])
  test(`the first sentence comes as often as its probability says: K = ${beams}`, async (t) => {
    const firsts = (await drawMany({ beams })).map(([first = '?']) => first);
    t.true(chiSquare(count(firsts, PROBABILITIES.keys()), [...PROBABILITIES.values()]) < CRITICAL[6]);
  });

test('two sentences come in an order as often as drawing without replacement gives them', async (t) => {
  const ways = withoutReplacement(2);
  const drawn = (await drawMany({ beams: 2 })).map(wayOf);
  t.true(chiSquare(count(drawn, ways.keys()), [...ways.values()]) < CRITICAL[41]);
});

for (const beams of [2, 3])
  test(`a sentence is among those drawn as often as drawing without replacement has it: K = ${beams}`, async (t) => {
    const drawn = await drawMany({ beams });
    for (const name of PROBABILITIES.keys()) {
      const ways = [...withoutReplacement(beams)].filter(([way]) => way.split('|').includes(`<${name}>`));
      const probability = ways.reduce((sum, [, p]) => sum + p, 0);
      const share = drawn.filter((names) => names.includes(name)).length / DRAWS;
      t.true(Math.abs(share - probability) < 4 * Math.sqrt((probability * (1 - probability)) / DRAWS), name);
    }
  });

test('pad and unknown have no share: the others are drawn in their proportions', async (t) => {
  const table = sameEverywhere(tokenizer, { pad: 0.4, unknown: 0.1, a: 0.2, b: 0.2, EOS: 0.1 });
  const firsts: string[] = [];
  for (let seed = 1; seed <= 2000; seed++) {
    const [first] = await draw({ beams: 1, maxLength: 1, seed }, table);
    firsts.push(first ? nameOf(first) : '?');
  }
  t.true(chiSquare(count(firsts, ['a', 'b', '.']), [2, 2, 1]) < CRITICAL[2]);
});

test('processors change the distribution that is drawn from', async (t) => {
  // At temperature 0.5, probabilities are squared, and sum to one again.
  const squares = { a: 0.25, b: 0.09, '.': 0.04 };
  const firsts = (await drawMany({ beams: 2, maxLength: 1, processors: [temperature(0.5)] }, 2000)).map(
    ([first = '?']) => first,
  );
  t.true(chiSquare(count(firsts, Object.keys(squares)), Object.values(squares)) < CRITICAL[2]);
});

test('where top-k leaves one token, the one sentence is greedy', async (t) => {
  const predictor = new TablePredictor(tokenizer, chain);
  const greedyText = (await toArray(greedy(predictor, { maxLength: 5 }))).map(({ text }) => text).join('');
  const sentences = await draw({ processors: [topK(1)], maxLength: 5 });
  t.deepEqual(
    sentences.map(({ text }) => text),
    [greedyText],
  );
});

// ── Without replacement ──

const searches = fc.record({
  recipe: tableRecipes,
  beams: fc.integer({ min: 1, max: 6 }),
  seed: fc.integer(),
  maxLength: fc.integer({ min: 1, max: 4 }),
});

test('no sentence comes twice, and as many come as there are beams, or as there are sentences', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, ...options }) => {
      const table = randomTable(tokenizer, recipe);
      const names = (await draw(options, table)).map(nameOf);
      const all = everySentence(tokenizer, table, options.maxLength).map(nameOf);
      t.is(names.length, Math.min(options.beams, all.length));
      t.is(new Set(names).size, names.length);
    }),
  );
});

test('with more beams than there are sentences, each sentence comes once', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, seed, maxLength }) => {
      const table = randomTable(tokenizer, recipe);
      const names = (await draw({ seed, maxLength, beams: 100 }, table)).map(nameOf);
      t.deepEqual(names.toSorted(), everySentence(tokenizer, table, maxLength).map(nameOf).toSorted());
    }),
    { numRuns: sweepOf(50, 15) },
  );
});

test('a sentence of next to no probability comes too, where there are beams for it', async (t) => {
  const table: Table = () => [0, 0.5, 0, 1e-300, 0.5];
  const predictor = new TablePredictor(tokenizer, table);
  const sentences = await toArray(stochasticBeamSearch(predictor, { beams: 100, maxLength: 3 }));
  t.true(sentences.some(({ text }) => text === 'aaa'));
});

// ── What a sentence is ──

test('logProbability is of the distribution that is drawn from, logProbabilities are the model’s', async (t) => {
  const table = sameEverywhere(tokenizer, { pad: 0.5, a: 0.25, b: 0.125, EOS: 0.125 });
  for (const { ids, complete, logProbabilities, logProbability, score } of await draw({ beams: 100 }, table)) {
    const tokens = complete ? [...ids, tokenizer.eosId] : ids;
    const given = tokens.map((id) => Math.fround(Math.log(table([])[id] ?? 0)));
    t.deepEqual(logProbabilities, given);
    // Without pad, each is twice as probable.
    const expected = given.reduce((sum, value) => sum + value + Math.LN2, 0);
    t.true(Math.abs(logProbability - expected) < 1e-6);
    t.is(score, logProbability);
  }
});

test('the probabilities of all sentences sum to one', async (t) => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ recipe, seed, maxLength }) => {
      const sentences = await draw({ seed, maxLength, beams: 100 }, randomTable(tokenizer, recipe));
      const total = sentences.reduce((sum, { logProbability }) => sum + Math.exp(logProbability), 0);
      t.true(Math.abs(total - 1) < 1e-6);
    }),
    { numRuns: sweepOf(30, 15) },
  );
});

test('text goes on from the prompt, which is read', async (t) => {
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abba'));
  const [first] = await toArray(stochasticBeamSearch(predictor, { prompt: 'ab' }));
  t.is(first?.text, 'ba');
});

// ── Seeds ──

test('the same seed gives the same sentences, another seed others', async (t) => {
  const drawn = (seed?: number): Promise<Sentence[]> =>
    draw({ beams: 5, maxLength: 6, ...(seed === undefined ? {} : { seed }) });
  t.deepEqual(await drawn(3), await drawn(3));
  t.deepEqual(await drawn(), await drawn(1));
  t.notDeepEqual(await drawn(3), await drawn(4));
});

// ── Streaming ──

test('a sentence is yielded as soon as it is certain: the short one first, or behind the long one', async (t) => {
  const table: Table = (prefix) =>
    prefix.length === 1 ? [0, 0.5, 0, 0.5, 0] : recitation(tokenizer, 'aaaaaaaaaa')(prefix);
  const first = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const predictor = new TablePredictor(tokenizer, table);
    const yielded: [text: string, calls: number][] = [];
    for await (const { text } of stochasticBeamSearch(predictor, { beams: 2, seed }))
      yielded.push([text, predictor.calls.length]);
    const [short, long] = [['', 1] as const, ['aaaaaaaaaa', 11] as const];
    first.add(yielded[0]?.[0] ?? '?');
    t.deepEqual(yielded, yielded[0]?.[0] === '' ? [short, long] : [long, ['', 11]]);
  }
  t.is(first.size, 2);
});

test('each time step is one call, of a row for each hypothesis that goes on, and one state is alive', async (t) => {
  const predictor = new TablePredictor(tokenizer, sameEverywhere(tokenizer, { a: 0.5, b: 0.5 }));
  for await (const _ of stochasticBeamSearch(predictor, { beams: 3, maxLength: 5 })) t.is(predictor.liveStates, 1);
  t.deepEqual(
    predictor.calls.map(({ ids }) => ids.length),
    [1, 2, 3, 3, 3],
  );
  t.is(predictor.liveStates, 0);
});

// ── Options ──

for (const [options, message] of [
  [{ beams: 0 }, 'Expected beams to be an integer of at least 1, got 0 (number)'],
  [{ seed: 0.5 }, 'Expected seed to be an integer that is finite, got 0.5 (number)'],
  [{ maxLength: 0 }, 'Expected maxLength to be an integer of at least 1, got 0 (number)'],
] as const)
  test(`when called: ${message}`, (t) => {
    t.throws(() => stochasticBeamSearch(new TablePredictor(tokenizer, chain), options), {
      instanceOf: InvalidArgumentError,
      message,
    });
  });

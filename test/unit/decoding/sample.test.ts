import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { greedy } from '../../../src/decoding/greedy.js';
import { type SampleOptions, sample } from '../../../src/decoding/sample.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { CRITICAL, chiSquare } from '../../support/statistics.js';
import { sweep, sweepOf } from '../../support/sweeps.js';
import { markovChain, type Row, sameEverywhere, type Table, TablePredictor } from '../../support/tablePredictor.js';
import { throwsInvalid } from '../../support/throwsInvalid.js';

const tokenizer = new CharacterTokenizer('abcde');
const letters = [...'abcde'];

/** Pad and unknown take a fifth of it, which the letters share by their weights. */
const row: Row = { pad: 0.05, unknown: 0.15, a: 0.36, b: 0.2, c: 0.12, d: 0.08, e: 0.04 };
const endless = sameEverywhere(tokenizer, row);

async function sampled(table: Table, options: SampleOptions): Promise<string[]> {
  return (await toArray(sample(new TablePredictor(tokenizer, table), options))).map((token) => token.text);
}

function countsOf(texts: readonly string[], of: readonly string[] = letters): number[] {
  return of.map((text) => texts.filter((other) => other === text).length);
}

const weights = letters.map((letter) => row[letter] ?? 0);
const [w0 = 0, w1 = 0, w2 = 0] = weights;

// ── Frequencies ──

for (const temperature of [0.5, 1, 2])
  for (const seed of sweep([1, 2], (seed) => seed === 1))
    test(`at temperature ${temperature}, tokens come as often as p^(1/T) says: seed ${seed}`, async (t) => {
      const texts = await sampled(endless, { temperature, seed, maxLength: 4000 });
      const tempered = weights.map((weight) => weight ** (1 / temperature));
      t.true(chiSquare(countsOf(texts), tempered) < CRITICAL[4]);
    });

test('the test of frequencies tells temperature 1 from temperature 1.2', async (t) => {
  const texts = await sampled(endless, { temperature: 1.2, maxLength: 4000 });
  t.true(chiSquare(countsOf(texts), weights) > CRITICAL[4]);
});

test('each token is drawn by the probabilities that follow the tokens before it', async (t) => {
  const table = markovChain(tokenizer, {
    EOS: { a: 1 },
    a: { a: 0.2, b: 0.3, c: 0.5 },
    b: { a: 0.6, b: 0.1, c: 0.3 },
    c: { a: 0.1, b: 0.8, c: 0.1 },
  });
  const texts = await sampled(table, { seed: 5, maxLength: 6000 });
  const after = (before: string): string[] => texts.filter((_, index) => texts[index - 1] === before);
  const abc = ['a', 'b', 'c'];
  t.true(chiSquare(countsOf(after('a'), abc), [0.2, 0.3, 0.5]) < CRITICAL[2]);
  t.true(chiSquare(countsOf(after('b'), abc), [0.6, 0.1, 0.3]) < CRITICAL[2]);
  t.true(chiSquare(countsOf(after('c'), abc), [0.1, 0.8, 0.1]) < CRITICAL[2]);
});

test('neighbouring tokens are independent draws', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });
  const texts = await sampled(table, { seed: 6, maxLength: 6000 });
  const pairs = texts.flatMap((text, index) => (index % 2 === 1 ? [`${texts[index - 1]}${text}`] : []));
  const names = [...'abc'].flatMap((first) => [...'abc'].map((second) => first + second));
  const expected = [0.5, 0.3, 0.2].flatMap((first) => [0.5, 0.3, 0.2].map((second) => first * second));
  t.true(chiSquare(countsOf(pairs, names), expected) < CRITICAL[8]);
});

test('seeds in a row give independent sentences', async (t) => {
  const firsts = [];
  for (let seed = 1; seed <= sweepOf(3000, 600); seed++)
    firsts.push(...(await sampled(endless, { seed, maxLength: 1 })));
  t.true(chiSquare(countsOf(firsts), weights) < CRITICAL[4]);
});

test('EOS is drawn by its probability: sentences are as long as the geometric distribution says', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.5, EOS: 0.5 });
  const counts = [0, 0, 0, 0, 0];
  for (let seed = 1; seed <= sweepOf(2000, 500); seed++) {
    const { length } = await sampled(table, { seed, maxLength: 4 });
    counts[length] = (counts[length] ?? 0) + 1;
  }
  t.true(chiSquare(counts, [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16]) < CRITICAL[4]);
});

// ── Seeds ──

test('the same seed gives the same sentence', async (t) => {
  const options = { seed: 7, maxLength: 100 };
  t.deepEqual(await sampled(endless, options), await sampled(endless, options));
});

test('the seed is 1 where nobody says otherwise', async (t) => {
  t.deepEqual(await sampled(endless, { maxLength: 100 }), await sampled(endless, { seed: 1, maxLength: 100 }));
});

test('other seeds give other sentences', async (t) => {
  const seeds = [-1, 0, 1, 2, 3, 4, 5, 1000];
  const sentences = await Promise.all(seeds.map((seed) => sampled(endless, { seed, maxLength: 40 })));
  t.is(new Set(sentences.map((texts) => texts.join(''))).size, seeds.length);
});

test('what is drawn does not depend on how many tokens are asked for', async (t) => {
  const long = await sampled(endless, { seed: 3, maxLength: 50 });
  t.deepEqual(await sampled(endless, { seed: 3, maxLength: 20 }), long.slice(0, 20));
});

// ── Temperature, top-k, top-p ──

test('next to temperature 0, sampling is greedy', async (t) => {
  const table = markovChain(tokenizer, {
    EOS: { a: 0.3, b: 0.4, c: 0.3 },
    a: { c: 0.51, d: 0.49 },
    b: { a: 0.6, EOS: 0.4 },
    c: { e: 0.35, EOS: 0.34, a: 0.31 },
    e: { EOS: 0.7, a: 0.3 },
  });
  const ofGreedy = (await toArray(greedy(new TablePredictor(tokenizer, table)))).map((token) => token.text);
  for (const temperature of [1e-3, 1e-40, Number.MIN_VALUE])
    for (const seed of [1, 2, 3, 4, 5]) t.deepEqual(await sampled(table, { temperature, seed }), ofGreedy);
});

test('at a very high temperature, all tokens are drawn alike, but never pad and unknown', async (t) => {
  const table = sameEverywhere(tokenizer, { ...row, EOS: 0, a: 0.3, d: 0.14 });
  const texts = await sampled(table, { temperature: 1e300, maxLength: 3000 });
  t.true(chiSquare(countsOf(texts), [1, 1, 1, 1, 1]) < CRITICAL[4]);
});

test('top-k draws from the k most probable tokens alone, by their probabilities', async (t) => {
  const texts = await sampled(endless, { topK: 3, seed: 4, maxLength: 3000 });
  t.deepEqual(countsOf(texts).slice(3), [0, 0]);
  t.true(chiSquare(countsOf(texts).slice(0, 3), [w0, w1, w2]) < CRITICAL[2]);
});

test('top-k of 1 is greedy', async (t) => {
  t.deepEqual(await sampled(endless, { topK: 1, maxLength: 20 }), new Array(20).fill('a'));
});

test('top-p draws from the nucleus alone, by its probabilities; pad and unknown have no share in it', async (t) => {
  // Of what may be generated, a, b and c are 0.45, 0.25 and 0.15: two of them do not reach 0.8, three do.
  const texts = await sampled(endless, { topP: 0.8, seed: 8, maxLength: 3000 });
  t.deepEqual(countsOf(texts).slice(3), [0, 0]);
  t.true(chiSquare(countsOf(texts).slice(0, 3), [w0, w1, w2]) < CRITICAL[2]);
});

test('the nucleus is taken after the temperature', async (t) => {
  // At temperature 0.5, a is 0.2025 of 0.2025 + 0.0625 + 0.0225 + 0.01 + 0.0025: more than two thirds.
  t.deepEqual(await sampled(endless, { temperature: 0.5, topP: 0.67, maxLength: 50 }), new Array(50).fill('a'));
});

test('the nucleus is taken of what top-k left', async (t) => {
  // Of a and b alone, a is 0.6429.
  t.deepEqual(await sampled(endless, { topK: 2, topP: 0.64, maxLength: 50 }), new Array(50).fill('a'));
});

test("logProbability is the model's, before temperature, top-k and top-p", async (t) => {
  const options = { temperature: 0.5, topK: 3, topP: 0.9, maxLength: 200 };
  for (const { text, logProbability } of await toArray(sample(new TablePredictor(tokenizer, endless), options)))
    t.is(logProbability, Math.fround(Math.log(row[text] ?? 0)));
});

// ── Min-p, repetition penalty, n-grams, and the order of all ──

test('min-p draws from the tokens alone that are probable enough, by their probabilities', async (t) => {
  // d is 0.22, e 0.11 of a.
  const texts = await sampled(endless, { minP: 0.3, seed: 9, maxLength: 3000 });
  t.deepEqual(countsOf(texts).slice(3), [0, 0]);
  t.true(chiSquare(countsOf(texts).slice(0, 3), [w0, w1, w2]) < CRITICAL[2]);
});

test('with a repetition penalty, each token is drawn by p^penalty where it has come, the prompt counted', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.6, b: 0.4 });
  const firsts: string[] = [];
  for (let seed = 1; seed <= sweepOf(3000, 600); seed++)
    firsts.push(...(await sampled(table, { prompt: 'a', repetitionPenalty: 2, seed, maxLength: 1 })));
  t.true(chiSquare(countsOf(firsts, ['a', 'b']), [0.36, 0.4]) < CRITICAL[1]);
});

test('with noRepeatNgram of 1, no token comes twice; then only EOS is left', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.4, b: 0.3, c: 0.2, d: 0.05, e: 0.04, EOS: 0.01 });
  for (let seed = 1; seed <= 20; seed++) {
    const texts = await sampled(table, { noRepeatNgram: 1, minLength: 5, seed });
    t.deepEqual(texts.toSorted(), letters);
  }
});

const abc = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });

test('the repetition penalty applies before the temperature', async (t) => {
  // 0.5^4 = 0.0625 makes a less probable than b and c. After the temperature, a would have log-probability 0, times 4.
  const texts = await sampled(abc, { prompt: 'a', repetitionPenalty: 4, temperature: 0.01, maxLength: 1 });
  t.deepEqual(texts, ['b']);
});

test('the n-gram rule applies before top-k', async (t) => {
  t.deepEqual(await sampled(abc, { noRepeatNgram: 1, topK: 1, maxLength: 3 }), ['a', 'b', 'c']);
});

test('min-p applies after the temperature', async (t) => {
  // 0.3 / 0.5 is below 0.7, its square root is above.
  const texts = await sampled(abc, { temperature: 2, minP: 0.7, maxLength: 200 });
  t.deepEqual([...new Set(texts)].toSorted(), ['a', 'b']);
});

test('min-p applies after top-p', async (t) => {
  // a alone is less than 0.6; without c, which min-p drops, it would be 0.625.
  const texts = await sampled(abc, { topP: 0.6, minP: 0.5, maxLength: 200 });
  t.deepEqual([...new Set(texts)].toSorted(), ['a', 'b']);
});

test('processors of the options apply before all of these', async (t) => {
  const withoutA = (logProbabilities: Float32Array): void => void logProbabilities.fill(-Infinity, 3, 4);
  const texts = await sampled(abc, { processors: [withoutA], topK: 1, maxLength: 3 });
  t.deepEqual(texts, ['b', 'b', 'b']);
});

// ── Options ──

for (const [options, message] of [
  [{ temperature: 0 }, 'Expected temperature to be a number above 0, got 0 (number)'],
  [{ temperature: Number.NaN }, 'Expected temperature to be a number above 0, got NaN (number)'],
  [{ topK: 0 }, 'Expected topK to be an integer of at least 1, got 0 (number)'],
  [{ topK: 1.5 }, 'Expected topK to be an integer of at least 1, got 1.5 (number)'],
  [{ topP: 0 }, 'Expected topP to be a number above 0 and of at most 1, got 0 (number)'],
  [{ topP: 1.01 }, 'Expected topP to be a number above 0 and of at most 1, got 1.01 (number)'],
  [{ minP: -0.1 }, 'Expected minP to be a number of at least 0 and of at most 1, got -0.1 (number)'],
  [{ repetitionPenalty: 0.5 }, 'Expected repetitionPenalty to be a number of at least 1, got 0.5 (number)'],
  [{ noRepeatNgram: 0 }, 'Expected noRepeatNgram to be an integer of at least 1, got 0 (number)'],
] as const)
  test(`when called: ${message}`, (t) => {
    t.throws(() => sample(new TablePredictor(tokenizer, endless), options), {
      instanceOf: InvalidArgumentError,
      message,
    });
  });

test('when called: a seed that is no integer is an InvalidArgumentError', (t) => {
  throwsInvalid(t, () => sample(new TablePredictor(tokenizer, endless), { seed: 0.5 }), 'seed');
});

import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import type { DecodingOptions } from '../../../src/decoding/DecodingOptions.js';
import { greedy } from '../../../src/decoding/greedy.js';
import type { LogProbabilityProcessor } from '../../../src/decoding/LogProbabilityProcessor.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { minP } from '../../../src/decoding/processors/minP.js';
import { noRepeatNgram } from '../../../src/decoding/processors/noRepeatNgram.js';
import { repetitionPenalty } from '../../../src/decoding/processors/repetitionPenalty.js';
import { temperature } from '../../../src/decoding/processors/temperature.js';
import { topK } from '../../../src/decoding/processors/topK.js';
import { topP } from '../../../src/decoding/processors/topP.js';
import { sample } from '../../../src/decoding/sample.js';
import { stochasticBeamSearch } from '../../../src/decoding/stochasticBeamSearch.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import fc from '../../support/fastCheck.js';
import { positiveRecipes, randomTable } from '../../support/randomTable.js';
import { sweepOf } from '../../support/sweeps.js';
import { markovChain, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abc');

const identities: Readonly<Record<string, LogProbabilityProcessor>> = {
  'temperature(1)': temperature(1),
  'topP(1)': topP(1),
  'minP(0)': minP(0),
  'topK of the vocabulary': topK(tokenizer.vocabularySize),
  'repetitionPenalty(1)': repetitionPenalty(1),
  'noRepeatNgram of more than maxLength': noRepeatNgram(100),
};
const decoders: ReadonlyArray<(predictor: TablePredictor, options: DecodingOptions) => Promise<unknown[]>> = [
  (predictor, options) => toArray(greedy(predictor, options)),
  (predictor, options) => toArray(sample(predictor, options)),
  (predictor, options) => toArray(beamSearch(predictor, { ...options, beams: 3 })),
  (predictor, options) => toArray(nBest(predictor, { ...options, beams: 3 })),
  (predictor, options) => toArray(stochasticBeamSearch(predictor, { ...options, beams: 3 })),
];

for (const [name, identity] of Object.entries(identities))
  test(`${name} changes nothing, before or behind any other processor, to the bit`, async (t) => {
    const others = fc.constantFrom(temperature(0.5), temperature(2), repetitionPenalty(3), topP(0.9), minP(0.1));
    await fc.assert(
      fc.asyncProperty(positiveRecipes, others, async (recipe, other) => {
        const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
        for (const decode of decoders) {
          const without = await decode(predictor, { maxLength: 6, processors: [other] });
          t.deepEqual(await decode(predictor, { maxLength: 6, processors: [identity, other] }), without);
          t.deepEqual(await decode(predictor, { maxLength: 6, processors: [other, identity] }), without);
        }
      }),
      { numRuns: 15 },
    );
  });

const textOf = async (tokens: AsyncIterable<{ text: string }>): Promise<string> =>
  (await toArray(tokens)).map(({ text }) => text).join('');

const shifted: LogProbabilityProcessor = (all) => all.map((one) => one - Math.max(...all));
const logits: LogProbabilityProcessor = (all) => all.map((one) => one + 7);
for (const [name, first] of Object.entries({ 'temperature(1)': temperature(1), shifted, logits }))
  test(`the repetition penalty holds behind ${name}`, async (t) => {
    const table = sameEverywhere(tokenizer, { a: 0.5, b: 0.39, EOS: 0.1, c: 0.01 });
    const options = { processors: [first, repetitionPenalty(50)], maxLength: 20 };
    t.is(await textOf(greedy(new TablePredictor(tokenizer, table), options)), 'ab');
  });

/** Greedy takes a, which is likelier as long as nobody looks further. */
const misleading = markovChain(tokenizer, {
  EOS: { a: 0.6, b: 0.4 },
  a: { EOS: 0.5, a: 0.25, b: 0.25 },
  b: { EOS: 0.99, a: 0.01 },
});
for (const [name, first] of Object.entries({ 'temperature(1)': temperature(1), shifted, logits }))
  test(`a beam search sees the whole distribution behind ${name}`, async (t) => {
    const options = { processors: [first], beams: 3, maxLength: 5 };
    t.is(await textOf(beamSearch(new TablePredictor(tokenizer, misleading), options)), 'b');
  });

/** What the last of these processors hands on. */
async function handedOn(processors: LogProbabilityProcessor[], table = [0, 0.1, 0, 0.6, 0.2, 0.1]): Promise<number[]> {
  const seen: Float32Array[] = [];
  const look: LogProbabilityProcessor = (all) => void seen.push(all.slice());
  const predictor = new TablePredictor(tokenizer, () => table);
  await toArray(greedy(predictor, { processors: [...processors, look], maxLength: 1 }));
  return Array.from(seen[0] ?? [], Math.exp);
}

const raise =
  (id: number, by: number): LogProbabilityProcessor =>
  (all) =>
    all.map((one, place) => (place === id ? one + by : one));
const sumOf = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);

test('whatever runs, in whatever order, hands on probabilities that sum to one at most', async (t) => {
  const all = [
    temperature(0.3),
    temperature(5),
    topK(2),
    topP(0.8),
    minP(0.2),
    repetitionPenalty(2),
    raise(5, 3),
    logits,
  ];
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(all), async (processors) => {
      const after = await handedOn(processors);
      t.true(sumOf(after) <= 1 + 1e-6);
      t.true(after.every((probability) => probability <= 1));
    }),
    { numRuns: sweepOf(100, 20) },
  );
});

test('a temperature keeps the sum: what a filter took is not given to the others', async (t) => {
  for (const value of [0.01, 0.5, 2, 100])
    t.true(Math.abs(sumOf(await handedOn([topK(2), temperature(value)])) - 0.8) < 1e-6);
});

test('a log-probability that is raised stays raised in proportion', async (t) => {
  const [, eos = 0, , a = 0, b = 0, c = 0] = await handedOn([raise(4, Math.log(6))]);
  t.true(Math.abs(b / a - 2) < 1e-5);
  t.true(Math.abs(a / c - 6) < 1e-5);
  t.true(Math.abs(sumOf([eos, a, b, c]) - 1) < 1e-6);
});

test('no temperature and no penalty excludes a token, however extreme', async (t) => {
  for (const processor of [temperature(Number.MIN_VALUE), temperature(Number.MAX_VALUE), repetitionPenalty(1e308)]) {
    const options = { prompt: 'abc', processors: [processor], maxLength: 1, beams: 10 };
    const found = await toArray(nBest(new TablePredictor(tokenizer, () => [0, 0.1, 0, 0.6, 0.2, 0.1]), options));
    t.is(found.length, 4);
  }
});

test('topP(1) keeps what rounding would make nothing of', (t) => {
  const all = Float32Array.of(0, -37);
  topP(1)(all, { promptIds: [], generatedIds: [] });
  t.deepEqual(all, Float32Array.of(0, -37));
});

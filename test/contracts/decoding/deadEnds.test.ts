import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { beamStates } from '../../../src/decoding/beamStates.js';
import type { DecodingOptions } from '../../../src/decoding/DecodingOptions.js';
import { generateMany } from '../../../src/decoding/generateMany.js';
import type { Hypothesis } from '../../../src/decoding/Hypothesis.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { noRepeatNgram } from '../../../src/decoding/processors/noRepeatNgram.js';
import type { Sentence } from '../../../src/decoding/Sentence.js';
import { sample } from '../../../src/decoding/sample.js';
import { stochasticBeamSearch } from '../../../src/decoding/stochasticBeamSearch.js';
import { NonFiniteError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { everySentence, type PossibleSentence } from '../../support/everySentence.js';
import fc from '../../support/fastCheck.js';
import { positiveRecipes, randomTable } from '../../support/randomTable.js';
import { sameEverywhere, type Table, TablePredictor } from '../../support/tablePredictor.js';
import { everyDecoder } from './decoders.js';

const tokenizer = new CharacterTokenizer('ab');
const { eosId } = tokenizer;
const table = sameEverywhere(tokenizer, { EOS: 0.2, a: 0.5, b: 0.3 });
/** No pair comes twice, so of two letters there are no more than five, and some ways there lead nowhere. */
const options = { minLength: 5, maxLength: 6, processors: [noRepeatNgram(2)] };

function isPossible(
  { ids, complete }: Pick<PossibleSentence, 'ids' | 'complete'>,
  { minLength }: { minLength: number },
) {
  const pairs = ids.slice(1).map((id, place) => `${ids[place]} ${id}`);
  return new Set(pairs).size === pairs.length && !(complete && ids.length < minLength);
}

const nameOf = ({ ids, complete }: Pick<Hypothesis, 'ids' | 'complete'>): string =>
  tokenizer.decode(ids) + (complete ? '.' : '');

for (const size of [3, 4, 5, 8, 16]) {
  test(`a hypothesis that no token may follow is dropped, and the search goes on: K = ${size}`, async (t) => {
    const predictor = new TablePredictor(tokenizer, table);
    const tokens = await toArray(beamSearch(predictor, { ...options, beams: size }));
    const text = tokens.map((token) => token.text).join('');
    t.is(text.length, 5);
    const [best] = await toArray(nBest(predictor, { ...options, beams: size }));
    t.is(best?.text, text);
    t.is((await toArray(beamStates(predictor, { ...options, beams: size }))).at(-1)?.finished[0]?.ids.length, 5);
    t.is(predictor.liveStates, 0);
  });
}

test('with enough beams, the best of all sentences that do not end in a dead end is found', async (t) => {
  await fc.assert(
    fc.asyncProperty(positiveRecipes, fc.integer({ min: 0, max: 5 }), async (recipe, minLength) => {
      const random = randomTable(tokenizer, recipe);
      const all = everySentence(tokenizer, random, 6).filter((one) => isPossible(one, { minLength }));
      const given = { ...options, minLength, beams: 100 };
      const found = await toArray(nBest(new TablePredictor(tokenizer, random), { ...given, count: all.length }));
      t.deepEqual(found.map(nameOf).toSorted(), all.map(nameOf).toSorted());
      t.is(found[0]?.logProbability, Math.max(...all.map(({ logProbability }) => logProbability)));
    }),
    { numRuns: 30 },
  );
});

test('stochasticBeamSearch: with enough beams, each sentence that does not end in a dead end comes once', async (t) => {
  const all = everySentence(tokenizer, table, 6).filter((one) => isPossible(one, options));
  for (let seed = 1; seed <= 20; seed++) {
    const drawn: Sentence[] = await toArray(
      stochasticBeamSearch(new TablePredictor(tokenizer, table), { ...options, beams: 100, seed }),
    );
    t.deepEqual(drawn.map(nameOf).toSorted(), all.map(nameOf).toSorted());
  }
});

test('generateMany: a beam search over a dead end gives what it gives alone', async (t) => {
  const predictor = new TablePredictor(tokenizer, table);
  const given = { ...options, beams: 8 };
  const alone = await toArray(beamSearch(predictor, given));
  const many = await toArray(generateMany(predictor, ['', ''], (shared) => beamSearch(shared, given)));
  for (const index of [0, 1])
    t.deepEqual(
      many.filter((one) => one.index === index).map(({ token }) => token),
      alone,
    );
});

// ── Where nothing is left ──

const onlyA: Table = () => [0, 0.5, 0, 0.5, 0];
const [a, b] = [3, 4];

for (const [name, decoder] of everyDecoder)
  for (const [given, names] of [
    [{ minLength: 2, processors: [noRepeatNgram(1)] }, 'processors[0] (noRepeatNgram) and minLength'],
    [{ bannedIds: [a, eosId] }, 'the predictor and bannedIds'],
    [{ bannedIds: [a], minLength: 1 }, 'the predictor and bannedIds and minLength'],
    [{ forcedPrefix: 'b' }, 'the predictor and forcedPrefix'],
    [{ bannedIds: [b], processors: [(all: Float32Array) => all.fill(-Infinity)] }, 'processors[0]'],
  ] as const)
    test(`${name}: where nothing is left, a NonFiniteError names what excluded it: ${names}`, async (t) => {
      const predictor = new TablePredictor(tokenizer, onlyA);
      await t.throwsAsync(toArray(decoder(predictor, given as DecodingOptions)), {
        instanceOf: NonFiniteError,
        message: `Expected the highest log-probability from ${names} to be finite, got -Infinity: it leaves no token to choose`,
      });
      t.is(predictor.liveStates, 0);
    });

test("sample names its own option: noRepeatNgram is not somebody's processors[0]", async (t) => {
  const given = { minLength: 2, temperature: 0.5, noRepeatNgram: 1 };
  await t.throwsAsync(toArray(sample(new TablePredictor(tokenizer, onlyA), given)), {
    instanceOf: NonFiniteError,
    message: /from noRepeatNgram and minLength to be finite/,
  });
});

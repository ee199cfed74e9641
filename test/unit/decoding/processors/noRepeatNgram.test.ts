import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { greedy } from '../../../../src/decoding/greedy.js';
import { noRepeatNgram } from '../../../../src/decoding/processors/noRepeatNgram.js';
import { CharacterTokenizer } from '../../../../src/text/CharacterTokenizer.js';
import fc from '../../../support/fastCheck.js';
import { randomTable, tableRecipes } from '../../../support/randomTable.js';
import { TablePredictor } from '../../../support/tablePredictor.js';
import { throwsInvalid } from '../../../support/throwsInvalid.js';

const VOCABULARY = 6;

/** The ids that may not come next. */
function excluded(n: number, promptIds: readonly number[], generatedIds: readonly number[]): number[] {
  const values = new Float32Array(VOCABULARY).fill(-1);
  const after = noRepeatNgram(n)(values, { promptIds, generatedIds }) ?? values;
  return [...after.keys()].filter((id) => after[id] === -Infinity);
}

/** Whether some n items in a row come twice. */
function repeats(n: number, ids: readonly number[]): boolean {
  const grams = ids.slice(0, Math.max(0, ids.length - n + 1)).map((_, start) => ids.slice(start, start + n).join());
  return new Set(grams).size < grams.length;
}

test('what followed the last n − 1 tokens before may not follow them again', (t) => {
  t.deepEqual(excluded(2, [], [3, 4, 3, 5, 3]), [4, 5]);
  t.deepEqual(excluded(3, [], [3, 4, 5, 3, 4]), [5]);
  t.deepEqual(excluded(3, [], [3, 4, 5, 4, 4]), []);
});

test('the prompt counts, and the border between it and what follows', (t) => {
  t.deepEqual(excluded(2, [3, 4], [5, 3]), [4]);
  t.deepEqual(excluded(2, [3], [4, 3]), [4]);
  t.deepEqual(excluded(3, [3, 4], [5, 3, 4]), [5]);
});

test('n = 1 lets no token come twice', (t) => {
  t.deepEqual(excluded(1, [3], [5]), [3, 5]);
});

test('n-grams may overlap', (t) => {
  t.deepEqual(excluded(3, [], [3, 3, 3]), [3]);
});

test('where fewer than n tokens came before, nothing is excluded', (t) => {
  t.deepEqual(excluded(3, [], []), []);
  t.deepEqual(excluded(3, [3], [3]), []);
  t.deepEqual(excluded(10, [3, 3], [3, 3]), []);
});

test('exactly those tokens are excluded that would make n tokens come twice', (t) => {
  const ids = fc.array(fc.integer({ min: 3, max: 5 }), { maxLength: 8 });
  fc.assert(
    fc.property(ids, ids, fc.integer({ min: 1, max: 4 }), (promptIds, generatedIds, n) => {
      const before = [...promptIds, ...generatedIds];
      fc.pre(!repeats(n, before));
      const expected = [...Array(VOCABULARY).keys()].filter((id) => repeats(n, [...before, id]));
      t.deepEqual(excluded(n, promptIds, generatedIds), expected);
    }),
  );
});

test('no decoded sentence has n tokens twice, the prompt counted', async (t) => {
  const tokenizer = new CharacterTokenizer('abc');
  await fc.assert(
    fc.asyncProperty(tableRecipes, fc.integer({ min: 1, max: 3 }), async (recipe, n) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, { ...recipe, weights: 'smooth' }));
      const options = { prompt: 'abc', processors: [noRepeatNgram(n)], maxLength: 20 };
      const ids = (await toArray(greedy(predictor, options))).map(({ id }) => id);
      t.false(repeats(n, [...tokenizer.encode('abc'), ...ids]));
    }),
  );
});

for (const n of [0, -1, 1.5, Number.NaN])
  test(`an n of ${n} is an InvalidArgumentError`, (t) => {
    throwsInvalid(t, () => noRepeatNgram(n), 'noRepeatNgram');
  });

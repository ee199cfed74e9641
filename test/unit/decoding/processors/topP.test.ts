import test from 'ava';
import { topP } from '../../../../src/decoding/processors/topP.js';
import fc from '../../../support/fastCheck.js';
import { throwsInvalid } from '../../../support/throwsInvalid.js';

function nucleus(p: number, ...logProbabilities: number[]): number[] {
  const values = Float32Array.from(logProbabilities);
  return [...(topP(p)(values, { promptIds: [], generatedIds: [] }) ?? values)];
}

/** The ids that top-p keeps of tokens with these weights. */
function kept(p: number, weights: readonly number[]): number[] {
  const after = nucleus(p, ...weights.map(Math.log));
  return [...after.keys()].filter((id) => after[id] !== -Infinity);
}

/** Of all sets of ids whose weights are at least p of the total, the smallest; then the heaviest; then the lowest ids. */
function smallestSet(p: number, weights: readonly number[]): number[] {
  const weightOf = (ids: readonly number[]): number => ids.reduce((sum, id) => sum + (weights[id] ?? 0), 0);
  const all = [...weights.keys()];
  const sets = Array.from({ length: 2 ** weights.length }, (_, bits) => all.filter((id) => (bits >> id) & 1));
  const [best = []] = sets
    .filter((ids) => weightOf(ids) >= p * weightOf(all))
    .sort((a, b) => a.length - b.length || weightOf(b) - weightOf(a) || compareIds(a, b));
  return best;
}

function compareIds(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((id, index) => id !== b[index]);
  return (a[differing] ?? 0) - (b[differing] ?? 0);
}

test('the most probable tokens are kept, until they sum to p', (t) => {
  const weights = [0.1, 0.4, 0.05, 0.25, 0.2];
  t.deepEqual(kept(0.3, weights), [1]);
  t.deepEqual(kept(0.5, weights), [1, 3]);
  t.deepEqual(kept(0.7, weights), [1, 3, 4]);
  t.deepEqual(kept(0.9, weights), [0, 1, 3, 4]);
});

test('a sum of exactly p is enough', (t) => {
  t.deepEqual(kept(0.5, [1, 1, 1, 1]), [0, 1]);
  t.deepEqual(kept(0.75, [1, 1, 1, 1]), [0, 1, 2]);
});

test('kept tokens stay as they are, the others are excluded', (t) => {
  const [a, b, c] = [0.2, 0.5, 0.3].map((p) => Math.fround(Math.log(p))) as [number, number, number];
  t.deepEqual(nucleus(0.7, a, b, c), [-Infinity, b, c]);
});

test('of equally probable tokens, those with lower ids are kept', (t) => {
  t.deepEqual(kept(0.6, [1, 1, 1, 1]), [0, 1, 2]);
});

test('the most probable token is kept, however small p is', (t) => {
  t.deepEqual(kept(Number.MIN_VALUE, [1, 3, 2]), [1]);
});

test('p = 1 keeps all that is possible', (t) => {
  t.deepEqual(kept(1, [0.3, 0, 0.5, 0.2]), [0, 2, 3]);
});

test('excluded tokens have no share: p is of the sum of the others', (t) => {
  t.deepEqual(nucleus(0.5, -Infinity, Math.log(0.5), Math.log(0.25)), [
    -Infinity,
    Math.fround(Math.log(0.5)),
    -Infinity,
  ]);
});

test('the nucleus is the smallest set whose probabilities sum to p', (t) => {
  const weights = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(weights, fc.nat(), (all, place) => {
      const total = all.reduce((a, b) => a + b, 0);
      fc.pre(total > 0);
      // Half-way between two sums that sets can have, so that rounding decides nothing.
      const p = ((place % total) + 0.5) / total;
      t.deepEqual(kept(p, all), smallestSet(p, all));
    }),
  );
});

for (const p of [0, -0.1, 1.1, Number.NaN])
  test(`a p of ${p} is an InvalidArgumentError`, (t) => {
    throwsInvalid(t, () => topP(p), 'topP');
  });

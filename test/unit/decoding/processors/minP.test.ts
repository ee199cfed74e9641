import test from 'ava';
import { minP } from '../../../../src/decoding/processors/minP.js';
import fc from '../../../support/fastCheck.js';
import { throwsInvalid } from '../../../support/throwsInvalid.js';

const none = -Infinity;

function filtered(p: number, ...logProbabilities: number[]): number[] {
  const values = Float32Array.from(logProbabilities);
  return [...(minP(p)(values, { promptIds: [], generatedIds: [] }) ?? values)];
}

/** The ids that min-p keeps of tokens with these weights. */
function kept(p: number, weights: readonly number[]): number[] {
  const after = filtered(p, ...weights.map(Math.log));
  return [...after.keys()].filter((id) => after[id] !== none);
}

test('tokens of at least p times the highest probability are kept', (t) => {
  const weights = [0.1, 0.4, 0.05, 0.25, 0.2];
  t.deepEqual(kept(0.1, weights), [0, 1, 2, 3, 4]);
  t.deepEqual(kept(0.2, weights), [0, 1, 3, 4]);
  t.deepEqual(kept(0.45, weights), [1, 3, 4]);
  t.deepEqual(kept(0.6, weights), [1, 3]);
  t.deepEqual(kept(0.7, weights), [1]);
});

test('kept tokens stay as they are, the others are excluded', (t) => {
  t.deepEqual(filtered(0.5, -2, -1, -1.5), [none, -1, -1.5]);
});

test('it is the share that counts, not the sum: a shift of all changes nothing', (t) => {
  t.deepEqual(filtered(0.5, -12, -11, -11.5), [none, -11, -11.5]);
});

test('p = 0 keeps all, p = 1 the most probable ones alone', (t) => {
  t.deepEqual(kept(0, [1e-30, 1, 0.5]), [0, 1, 2]);
  t.deepEqual(kept(1, [0.4, 0.2, 0.4]), [0, 2]);
});

test('excluded tokens stay excluded', (t) => {
  t.deepEqual(filtered(0, none, -1, none), [none, -1, none]);
});

test('no weight that is kept is below p times the largest, and none that is dropped is not', (t) => {
  const weights = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(weights, fc.integer({ min: 0, max: 50 }), (all, halves) => {
      const largest = Math.max(...all);
      // Half-way between two shares that weights can have, so that rounding decides nothing.
      const limit = Math.min(halves, largest - 1) + 0.5;
      const expected = [...all.keys()].filter((id) => (all[id] ?? 0) >= limit);
      t.deepEqual(kept(limit / largest, all), expected);
    }),
  );
});

for (const p of [-0.1, 1.1, Number.NaN])
  test(`a p of ${p} is an InvalidArgumentError`, (t) => {
    throwsInvalid(t, () => minP(p), 'minP');
  });

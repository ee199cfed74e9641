import test from 'ava';
import { topK } from '../../../../src/decoding/processors/topK.js';
import fc from '../../../support/fastCheck.js';
import { throwsInvalid } from '../../../support/throwsInvalid.js';

/** What top-k makes of log-probabilities. */
function topped(k: number, ...values: number[]): number[] {
  const logProbabilities = Float32Array.from(values);
  return [...(topK(k)(logProbabilities, { promptIds: [], generatedIds: [] }) ?? logProbabilities)];
}

const none = -Infinity;

test('the k most probable tokens stay as they are, the others are excluded', (t) => {
  t.deepEqual(topped(2, -3, -1, -4, -2), [none, -1, none, -2]);
});

test('of equally probable tokens, those with lower ids are kept', (t) => {
  t.deepEqual(topped(3, -2, -2, -1, -2, -2), [-2, -2, -1, none, none]);
});

test('k may be larger than the vocabulary', (t) => {
  t.deepEqual(topped(10, -3, -1, -2), [-3, -1, -2]);
});

test('excluded tokens stay excluded, though k would allow more', (t) => {
  t.deepEqual(topped(3, none, -1, none, -2), [none, -1, none, -2]);
});

test('exactly k tokens are kept, and no other is more probable, nor as probable with a lower id', (t) => {
  const values = fc.array(fc.integer({ min: -5, max: 0 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 14 }), (before, k) => {
      const after = topped(k, ...before);
      const kept = [...before.keys()].filter((id) => after[id] === before[id]);
      const dropped = [...before.keys()].filter((id) => after[id] === none);
      t.is(kept.length, Math.min(k, before.length));
      t.is(kept.length + dropped.length, before.length);
      const value = (id: number): number => before[id] ?? none;
      for (const out of dropped)
        for (const id of kept) t.true(value(out) < value(id) || (value(out) === value(id) && out > id));
    }),
  );
});

for (const k of [0, -1, 1.5, Number.NaN, Infinity])
  test(`a k of ${k} is an InvalidArgumentError`, (t) => {
    throwsInvalid(t, () => topK(k), 'topK');
  });

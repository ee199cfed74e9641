import test from 'ava';
import { mostProbable } from '../../../src/decoding/mostProbable.js';
import fc from '../../support/fastCheck.js';

test('the k most probable ids come, best first, equals by id, without those that are excluded', (t) => {
  t.deepEqual(mostProbable([-3, -1, -Infinity, -1, -2], 3), [1, 3, 4]);
});

test('they are the first k of all ids when sorted', (t) => {
  const values = fc.array(fc.oneof(fc.integer({ min: -4, max: 0 }), fc.constant(-Infinity)), { maxLength: 12 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 14 }), (all, k) => {
      const sorted = [...all.entries()].filter(([, value]) => value > -Infinity).sort(([, a], [, b]) => b - a);
      t.deepEqual(
        mostProbable(all, k),
        sorted.slice(0, k).map(([id]) => id),
      );
    }),
  );
});

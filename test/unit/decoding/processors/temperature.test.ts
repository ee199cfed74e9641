import test from 'ava';
import { temperature } from '../../../../src/decoding/processors/temperature.js';
import { softmax } from '../../../../src/decoding/softmax.js';
import fc from '../../../support/fastCheck.js';
import { throwsInvalid } from '../../../support/throwsInvalid.js';

const context = { promptIds: [], generatedIds: [] };
const probabilities = [0.5, 0.3, 0.15, 0.05];

function tempered(value: number, of: readonly number[] = probabilities): Float64Array {
  const logProbabilities = Float32Array.from(of, Math.log);
  return softmax(temperature(value)(logProbabilities, context) ?? logProbabilities);
}

for (const value of [0.25, 0.5, 1, 2, 10])
  test(`probabilities become proportional to p^(1/T): T = ${value}`, (t) => {
    const powers = probabilities.map((p) => p ** (1 / value));
    const total = powers.reduce((a, b) => a + b, 0);
    const result = tempered(value);
    for (const [id, power] of powers.entries()) t.true(Math.abs((result[id] ?? 0) - power / total) < 1e-6);
  });

test('the lowest temperature there is leaves the most probable token', (t) => {
  t.deepEqual(tempered(Number.MIN_VALUE), Float64Array.of(1, 0, 0, 0));
});

test('the highest temperature there is makes all tokens equal', (t) => {
  t.deepEqual(tempered(Number.MAX_VALUE), Float64Array.of(0.25, 0.25, 0.25, 0.25));
});

test('no temperature brings an excluded token back', (t) => {
  for (const value of [Number.MIN_VALUE, 0.5, 2, Number.MAX_VALUE]) t.is(tempered(value, [0.5, 0, 0.3, 0.2])[1], 0);
});

test('no temperature changes which of two tokens is likelier', (t) => {
  const weights = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(weights, fc.double({ min: 0.05, max: 20, noNaN: true }), (before, value) => {
      const after = tempered(value, before);
      for (const [i, p] of before.entries())
        for (const [j, q] of before.entries()) if (p > q) t.true((after[i] ?? 0) >= (after[j] ?? 0));
    }),
  );
});

for (const value of [0, -1, Infinity, Number.NaN])
  test(`a temperature of ${value} is an InvalidArgumentError`, (t) => {
    throwsInvalid(t, () => temperature(value), 'temperature');
  });

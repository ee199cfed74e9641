import test from 'ava';
import { softmax } from '../../../src/decoding/softmax.js';

const closeTo = (actual: Float64Array, expected: readonly number[]): boolean =>
  actual.length === expected.length && actual.every((value, index) => Math.abs(value - (expected[index] ?? 0)) < 1e-7);

test('log-probabilities that sum to one become their probabilities', (t) => {
  t.true(closeTo(softmax(Float32Array.from([0.5, 0.3, 0.2], Math.log)), [0.5, 0.3, 0.2]));
});

test('others become probabilities in the same proportions', (t) => {
  t.true(closeTo(softmax(Float32Array.from([4, 3, 1], Math.log)), [0.5, 0.375, 0.125]));
});

test('the probability of −∞ is 0', (t) => {
  t.deepEqual(softmax(Float32Array.of(-Infinity, -1, -1)), Float64Array.of(0, 0.5, 0.5));
});

test('very high and very low log-probabilities neither overflow nor vanish', (t) => {
  t.deepEqual(softmax(Float32Array.of(3e38, 3e38)), Float64Array.of(0.5, 0.5));
  t.deepEqual(softmax(Float32Array.of(-3e38, -3e38)), Float64Array.of(0.5, 0.5));
});

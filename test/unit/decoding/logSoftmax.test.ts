import test from 'ava';
import { logSoftmax } from '../../../src/decoding/logSoftmax.js';

const probabilities = (values: Float64Array): number[] => [...values].map((value) => Math.exp(value));
const closeTo = (actual: readonly number[], expected: readonly number[]): boolean =>
  actual.length === expected.length && actual.every((value, index) => Math.abs(value - (expected[index] ?? 0)) < 1e-7);

test('probabilities keep their proportions, and sum to one', (t) => {
  t.true(closeTo(probabilities(logSoftmax(Float32Array.from([4, 3, 1], Math.log))), [0.5, 0.375, 0.125]));
});

test('−∞ stays −∞', (t) => {
  t.deepEqual(logSoftmax(Float32Array.of(-Infinity, 0, -Infinity)), Float64Array.of(-Infinity, 0, -Infinity));
});

test('very low log-probabilities do not become −∞, nor very high ones ∞', (t) => {
  t.deepEqual(logSoftmax(Float32Array.of(-2000, 0)), Float64Array.of(-2000, 0));
  t.true(closeTo(probabilities(logSoftmax(Float32Array.of(3e38, 3e38))), [0.5, 0.5]));
});

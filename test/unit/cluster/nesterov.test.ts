import test from 'ava';
import { nesterov } from '../../../src/cluster/training/nesterov.js';
import { InvalidArgumentError } from '../../../src/errors.js';

const sum = (before: number[], mean: number[], velocity?: number[]) => ({
  before: Float32Array.from(before),
  mean: Float32Array.from(mean),
  steps: 2,
  slots: velocity ? { velocity: Float32Array.from(velocity) } : {},
});

test('without momentum: (1 − rate)·before + rate·mean', (t) => {
  const { weights, slots } = nesterov({ learningRate: 0.25, momentum: 0 }).update(sum([1, -2, 0], [3, -2, 8]));
  t.deepEqual([...weights], [1.5, -2, 2]);
  t.deepEqual(slots, {});
});

test('at rate 1 without momentum, the mean to the bit, −0 included', (t) => {
  const mean = Float32Array.of(-0, 0.1, 1e-40);
  const { weights } = nesterov({ learningRate: 1, momentum: 0 }).update({ ...sum([5, 5, 5], []), mean });
  t.deepEqual(new Uint8Array(weights.buffer), new Uint8Array(mean.buffer));
});

test('two steps with momentum 0.5 and rate 0.5, as worked by hand', (t) => {
  const outer = nesterov({ learningRate: 0.5, momentum: 0.5 });
  // Δ = 1 − 3 = −2; v = −2; step = −2 + 0.5·(−2) = −3; weights = 1 + 1.5.
  const first = outer.update(sum([1], [3], [0]));
  t.deepEqual([[...first.weights], [...(first.slots['velocity'] ?? [])]], [[2.5], [-2]]);
  // Δ = 2.5 − 2 = 0.5; v = −1 + 0.5 = −0.5; step = 0.5 − 0.25 = 0.25; weights = 2.5 − 0.125.
  const second = outer.update(sum([2.5], [2], [-2]));
  t.deepEqual([[...second.weights], [...(second.slots['velocity'] ?? [])]], [[2.375], [-0.5]]);
});

test('rates and momentum out of range are refused', (t) => {
  for (const options of [{ learningRate: 0 }, { learningRate: 3 }, { momentum: 1 }, { momentum: -0.1 }])
    t.throws(() => nesterov(options), { instanceOf: InvalidArgumentError });
});

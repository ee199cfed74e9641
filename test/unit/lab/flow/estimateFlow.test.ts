import type { Tensor2D } from '@tensorflow/tfjs';
import test from 'ava';
import { tf } from '../../../../src/tf.js';
import '../../../support/backend.js';
import { drawEndPoints } from '../../../../src/lab/flow/drawEndPoints.js';
import { estimateFlow, type Probes } from '../../../../src/lab/flow/estimateFlow.js';
import type { Trajectory } from '../../../../src/lab/flow/Trajectory.js';
import type { Batch } from '../../../../src/pipeline/Batch.js';
import { random } from '../../../../src/random.js';
import { isClose } from '../../../support/closeness.js';
import { exactProbes } from './exactProbes.js';

/** s_t = s_{t−1}·W and loss_t = s_t·c, for `size` sequences over `length` time steps. */
function linear(matrix: Tensor2D, parts: readonly string[], size: number, length: number): Trajectory {
  return {
    parts,
    widths: parts.map(() => matrix.shape[0] / parts.length),
    size,
    states: tf.zeros([length * size, matrix.shape[0]]),
    next: (_time, _sequences, previous) => tf.matMul(previous, matrix),
    loss: (_time, _sequences, state) => tf.sum(tf.mul(state, tf.range(1, matrix.shape[0] + 1))),
  };
}

function batchOf(size: number, length: number): Batch {
  const count = size * length;
  const lengths = new Int32Array(size).fill(length);
  return { ids: new Int32Array(count), mask: new Float32Array(count).fill(1), lengths, size, length, tokens: count };
}

function signs(seed: number, count: number): Probes {
  const { bits } = random(seed, 'signs');
  return {
    count,
    element: ({ time, sequence }, probe, column) =>
      bits(((time * 1000 + sequence) * count + probe) * 1000 + column) & 1 ? 1 : -1,
  };
}

function randomMatrix(size: number): Tensor2D {
  const { normal } = random(1, 'matrix');
  const scale = 0.9 / Math.sqrt(size);
  return tf.tensor2d(
    Float32Array.from({ length: size * size }, (_, place) => scale * normal(place)),
    [size, size],
  );
}

/** The powers of a matrix, in float64. */
function powersOf(matrix: Tensor2D, count: number): number[][][] {
  const rows = matrix.arraySync();
  const powers: number[][][] = [rows.map((_, i) => rows.map((_, j) => (i === j ? 1 : 0)))];
  while (powers.length < count)
    powers.push(
      (powers.at(-1) ?? []).map((row) =>
        rows.map((_, j) => row.reduce((sum, value, i) => sum + value * (rows[i]?.[j] ?? NaN), 0)),
      ),
    );
  return powers;
}

function norm(numbers: readonly number[]): number {
  return Math.hypot(...numbers);
}

test.serial(
  'in a linear network, s_t = s_{t−1}·W, the flow is the norm of W^k, and ‖W^k·c‖ for a loss s·c',
  async (t) => {
    const matrix = randomMatrix(6);
    const batch = batchOf(3, 9);
    const flow = await estimateFlow(linear(matrix, ['s'], 3, 9), batch, {
      endPoints: drawEndPoints(batch, Infinity, 1),
      probes: exactProbes(6),
      maxDistance: 100,
    });
    t.is(flow.length, 9);
    for (const [k, power] of powersOf(matrix, 9).entries()) {
      const at = flow[k];
      if (!at) return t.fail();
      const { distance, pairs, sequences, state, loss } = at;
      t.deepEqual([distance, pairs, sequences], [k, 3 * (9 - k), 3]);
      isClose(t, [state.norm], [norm(power.flat())], 1e-5, `the state at ${k}`);
      const gradient = power.map((row) => row.reduce((sum, value, j) => sum + value * (j + 1), 0));
      isClose(t, [loss.norm], [norm(gradient)], 1e-5, `the loss at ${k}`);
      t.true(state.standardError < 1e-5 * state.norm);
    }
  },
);

test.serial('each block of a state of two parts has the norm of that block of W^k', async (t) => {
  const matrix = randomMatrix(6);
  const batch = batchOf(2, 5);
  const flow = await estimateFlow(linear(matrix, ['a', 'b'], 2, 5), batch, {
    endPoints: drawEndPoints(batch, Infinity, 1),
    probes: exactProbes(3),
    maxDistance: 100,
  });
  for (const [k, power] of powersOf(matrix, 5).entries())
    for (const { of, by, norm: actual } of flow[k]?.blocks ?? []) {
      // States are rows: rows of W are what it depends by, columns what depends.
      const rows = by === 'a' ? power.slice(0, 3) : power.slice(3);
      const block = rows.flatMap((row) => (of === 'a' ? row.slice(0, 3) : row.slice(3)));
      isClose(t, [actual], [norm(block)], 1e-5, `${of} by ${by} at ${k}`);
    }
  t.deepEqual(
    flow[1]?.blocks.map(({ of, by }) => `${of} by ${by}`),
    ['a by a', 'a by b', 'b by a', 'b by b'],
  );
});

test.serial('random signs miss a known norm by about as much as the standard errors say, to both sides', async (t) => {
  const matrix = randomMatrix(8);
  const batch = batchOf(40, 6);
  const trajectory = linear(matrix, ['s'], 40, 6);
  const powers = powersOf(matrix, 6);
  const endPoints = drawEndPoints(batch, Infinity, 1);
  const scores: number[] = [];
  for (let seed = 1; seed <= 40; seed++) {
    const flow = await estimateFlow(trajectory, batch, { endPoints, probes: signs(seed, 1), maxDistance: 3 });
    for (const { distance, state } of flow.slice(1))
      scores.push((state.norm - norm(powers[distance]?.flat() ?? [])) / state.standardError);
  }
  // 40 seeds at 3 distances, of which those of one seed are alike.
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const spread = Math.sqrt(scores.reduce((sum, score) => sum + score ** 2, 0) / scores.length);
  t.true(Math.abs(mean) < 0.35, `the mean is ${mean}`);
  t.true(spread > 0.8 && spread < 1.25, `the spread is ${spread}`);
});

test.serial('four probes make a quarter of the variance of one', async (t) => {
  const matrix = randomMatrix(8);
  const batch = batchOf(40, 6);
  const trajectory = linear(matrix, ['s'], 40, 6);
  const endPoints = drawEndPoints(batch, Infinity, 1);
  const errorWith = async (count: number): Promise<number> => {
    const flow = await estimateFlow(trajectory, batch, { endPoints, probes: signs(1, count), maxDistance: 2 });
    return flow[2]?.state.standardError ?? NaN;
  };
  const ratio = (await errorWith(1)) / (await errorWith(4));
  t.true(ratio > 1.6 && ratio < 2.5, `${ratio}`);
});

test.serial('for a scaled rotation every vector gives the norm, r^k·√n, and there is no error', async (t) => {
  const [c, s] = [0.9 * Math.cos(1), 0.9 * Math.sin(1)];
  const batch = batchOf(3, 30);
  const trajectory = linear(
    tf.tensor2d([
      [c, -s],
      [s, c],
    ]),
    ['s'],
    3,
    30,
  );
  const endPoints = drawEndPoints(batch, 20, 1);
  const flow = await estimateFlow(trajectory, batch, { endPoints, probes: signs(1, 1), maxDistance: 29 });
  for (const { distance, sequences, state } of flow) {
    isClose(t, [state.norm], [0.9 ** distance * Math.SQRT2], 1e-5, `at ${distance}`);
    if (sequences > 1) t.true(state.standardError < 1e-5 * state.norm);
  }
});

test.serial('more end points than fit into one sweep give what one sweep would', async (t) => {
  const matrix = randomMatrix(4);
  const batch = batchOf(60, 30);
  const flow = await estimateFlow(linear(matrix, ['s'], 60, 30), batch, {
    endPoints: drawEndPoints(batch, Infinity, 1),
    probes: exactProbes(4),
    maxDistance: 7,
  });
  const powers = powersOf(matrix, 8);
  t.deepEqual(
    flow.map(({ pairs }) => pairs),
    powers.map((_, k) => 60 * (30 - k)),
  );
  for (const { distance, state } of flow) isClose(t, [state.norm], [norm(powers[distance]?.flat() ?? [])], 1e-5);
});

test.serial('where the mask is 0, no pair begins or ends', async (t) => {
  const batch = batchOf(1, 5);
  batch.mask[2] = 0;
  const flow = await estimateFlow(linear(randomMatrix(4), ['s'], 1, 5), batch, {
    endPoints: drawEndPoints(batch, Infinity, 1),
    probes: exactProbes(4),
    maxDistance: 100,
  });
  // Of 0, 1, 3, 4: 01 34; 13; 03 14; 04.
  t.deepEqual(
    flow.map(({ pairs }) => pairs),
    [4, 2, 1, 2, 1],
  );
});

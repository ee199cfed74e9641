import test from 'ava';
import { tf } from '../../../../src/tf.js';
import '../../../support/backend.js';
import { recurrentPowers } from '../../../../src/lab/flow/recurrentPowers.js';
import { random } from '../../../../src/random.js';
import { isClose } from '../../../support/closeness.js';
import { leftBehind, nothing, scoped } from '../../../support/memory.js';

function powersOf(rows: number[][], maxDistance: number): { norms: number[]; eigenvalues: number[] } {
  return scoped(() => {
    const powers = recurrentPowers(tf.tensor2d(rows), maxDistance);
    return {
      norms: powers.map(({ squaredNorm }) => squaredNorm),
      eigenvalues: powers.map(({ squaredEigenvalues }) => squaredEigenvalues),
    };
  });
}

const distances = Array.from({ length: 101 }, (_, k) => k);

test('for a scaled rotation, which is normal, both are 2·r^2k', (t) => {
  const [c, s] = [0.9 * Math.cos(1), 0.9 * Math.sin(1)];
  const { norms, eigenvalues } = powersOf(
    [
      [c, -s],
      [s, c],
    ],
    100,
  );
  for (const [k, expected] of distances.map((k) => 2 * 0.9 ** (2 * k)).entries()) {
    isClose(t, [norms[k] ?? NaN], [expected], 1e-4, `the norm at ${k}`);
    isClose(t, [eigenvalues[k] ?? NaN], [expected], 1e-4, `the eigenvalues at ${k}`);
  }
});

test('for a symmetric matrix both are equal', (t) => {
  const { normal } = random(1, 'symmetric');
  const rows = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 20 }, (_, j) => normal(20 * Math.min(i, j) + Math.max(i, j)) / 8),
  );
  const { norms, eigenvalues } = powersOf(rows, 50);
  for (const [k, norm] of norms.entries()) isClose(t, [eigenvalues[k] ?? NaN], [norm], 1e-4, `at ${k}`);
});

test('for a random matrix, which is not normal, the eigenvalues make less than the norm', (t) => {
  const { normal } = random(1, 'not normal');
  const rows = Array.from({ length: 20 }, (_, i) => Array.from({ length: 20 }, (_, j) => normal(20 * i + j) / 4));
  const { norms, eigenvalues } = powersOf(rows, 50);
  t.true(norms.every((norm, k) => k === 0 || (eigenvalues[k] ?? NaN) < 0.9 * norm));
});

test('a shift by one place moves n − k numbers, and all its eigenvalues are 0', (t) => {
  const rows = Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (_, j) => (j === i + 1 ? 1 : 0)));
  const { norms, eigenvalues } = powersOf(rows, 6);
  isClose(t, norms, [5, 4, 3, 2, 1, 0, 0], 1e-6);
  t.deepEqual(eigenvalues, [5, 0, 0, 0, 0, 0, 0]);
});

test('powers may leave the range of float32', (t) => {
  for (const scale of [10, 0.1]) {
    const { norms, eigenvalues } = powersOf(
      [
        [scale, 0],
        [0, scale],
      ],
      100,
    );
    isClose(t, [norms[100] ?? NaN], [2 * scale ** 200], 1e-4);
    isClose(t, [eigenvalues[100] ?? NaN], [2 * scale ** 200], 1e-4);
  }
});

test("a matrix has numpy's norms of powers and sums of eigenvalues", (t) => {
  // W = [[0.5, -0.3, 0.2], [0.8, 0.1, -0.4], [-0.6, 0.7, 0.3]]; P = numpy.linalg.matrix_power(W, k);
  // (P ** 2).sum(), (abs(numpy.linalg.eigvals(W)) ** (2 * k)).sum() for k in (1, 2, 5, 20).
  const { norms, eigenvalues } = powersOf(
    [
      [0.5, -0.3, 0.2],
      [0.8, 0.1, -0.4],
      [-0.6, 0.7, 0.3],
    ],
    20,
  );
  isClose(
    t,
    [1, 2, 5, 20].map((k) => norms[k] ?? NaN),
    [2.13, 1.1847, 0.295771929, 0.000728519771],
    1e-5,
  );
  isClose(
    t,
    [1, 2, 5, 20].map((k) => eigenvalues[k] ?? NaN),
    [1.51128449, 0.924295373, 0.267313208, 0.000636722912],
    1e-6,
  );
});

test.serial('nothing is left behind', async (t) => {
  const matrix = tf.tensor2d([
    [1, 2],
    [3, 4],
  ]);
  t.deepEqual(await leftBehind(() => recurrentPowers(matrix, 10)), nothing);
  matrix.dispose();
});

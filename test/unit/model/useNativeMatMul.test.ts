import type { Tensor2D } from '@tensorflow/tfjs';
import test from 'ava';
import { useBackend } from '../../../src/model/backend.js';
import { tf } from '../../../src/tf.js';
import { leftBehind, nothing, scoped } from '../../support/memory.js';
import { LOADER, moduleAt } from '../../support/places.js';
import { runNode } from '../../support/runProgram.js';
import { testWith } from '../../support/testWith.js';
import '../../support/ownProcess.js';

const native = (await useBackend()) === 'tensorflow';
const nativeTest = testWith('the native backend', native, test.serial);

/** [[1, 2, 3], [4, 5, 6]] and [[1, 2], [3, 4], [5, 6]] */
const a = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
const b = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
const product = [
  [22, 28],
  [49, 64],
];

for (const [transposeA, transposeB] of [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const) {
  nativeTest(`tf.matMul multiplies matrices, transposed ${transposeA} and ${transposeB}`, (t) => {
    scoped(() => {
      const left = transposeA ? tf.transpose(a) : a;
      const right = transposeB ? tf.transpose(b) : b;
      t.deepEqual(tf.matMul(left, right, transposeA, transposeB).arraySync() as number[][], product);
    });
  });
}

nativeTest('tf.matMul still multiplies batches of matrices, integers and vectors', (t) => {
  scoped(() => {
    const batches = tf.matMul(tf.stack([a, a]), tf.stack([b, b]));
    t.deepEqual(batches.arraySync() as number[][][], [product, product]);
    t.deepEqual(tf.matMul(tf.cast(a, 'int32'), tf.cast(b, 'int32')).arraySync() as number[][], product);
    t.is(tf.dot([1, 2, 3], [4, 5, 6]).arraySync(), 32);
  });
});

nativeTest('the gradients of ΣA·B are the sums of B and of A along the other axis', (t) => {
  scoped(() => {
    const [ofA, ofB] = tf.grads((x, y) => tf.sum(tf.matMul(x as Tensor2D, y as Tensor2D)))([a, b]);
    t.deepEqual(ofA?.arraySync() as number[][], [
      [3, 7, 11],
      [3, 7, 11],
    ]);
    t.deepEqual(ofB?.arraySync() as number[][], [
      [5, 5],
      [7, 7],
      [9, 9],
    ]);
  });
});

nativeTest('a product, asked for twice after the backend was chosen twice, leaves only itself', async (t) => {
  await useBackend('tensorflow');
  t.deepEqual(await leftBehind(() => tf.dispose([tf.matMul(a, b), tf.matMul(a, b)])), nothing);
});

nativeTest('a thousand products of small matrices, each of another shape, cost less than 100 MB', async (t) => {
  const backend = moduleAt('src/model/backend.ts').href;
  const program = `
    await import('${backend}');
    const tf = await import('@tensorflow/tfjs');
    const multiply = (m, k, n) => tf.tidy(() => void tf.matMul(tf.ones([m, k]), tf.ones([k, n])));
    multiply(1, 1, 1);
    const before = process.memoryUsage.rss();
    for (let m = 1; m <= 10; m++) for (let k = 1; k <= 10; k++) for (let n = 1; n <= 10; n++) multiply(m, k, n);
    console.log((process.memoryUsage.rss() - before) / 2 ** 20);`;
  const { stdout, stderr } = await runNode([...LOADER, '--input-type=module', '--eval', program]);
  t.is(stderr, '');
  t.true(Number(stdout) < 100, `${stdout} MB`);
});

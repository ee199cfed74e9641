import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type BackendName, useBackend } from '../../src/model/backend.js';
import { embeddingLookup } from '../../src/model/kernels/embeddingLookup.js';
import { maskedCrossEntropy } from '../../src/model/kernels/maskedCrossEntropy.js';
import { recurrentProduct } from '../../src/model/kernels/recurrentProduct.js';
import { random } from '../../src/random.js';
import { isClose } from '../support/closeness.js';
import { scoped } from '../support/memory.js';

const backends: BackendName[] = (await useBackend()) === 'tensorflow' ? ['tensorflow', 'wasm', 'cpu'] : ['wasm', 'cpu'];

function numbers(purpose: string, rows: number, columns: number): tf.Tensor2D {
  const { normal } = random(1, purpose);
  return tf.tensor2d(
    Float32Array.from({ length: rows * columns }, (_, position) => normal(position)),
    [rows, columns],
  );
}

/** The value of a function of matrices, and the gradients of its sum, weighted so that each number counts differently. */
function valueAndGradients(f: (...inputs: tf.Tensor2D[]) => tf.Tensor, inputs: tf.Tensor2D[]): Float32Array[] {
  const value = f(...inputs);
  const weights = numbers('weights of the sum', 1, value.size).reshape(value.shape);
  const gradients = tf.grads((...args) => tf.sum(tf.mul(f(...(args as tf.Tensor2D[])), weights)))(inputs);
  return [value, ...gradients].map((tensor) => tensor.dataSync() as Float32Array);
}

for (const backend of backends) {
  test.serial(`${backend}: embeddingLookup is a product with one-hot rows, in value and gradient`, async (t) => {
    await useBackend(backend);
    scoped(() => {
      const table = numbers('table', 5, 3);
      const ids = tf.tensor1d([4, 0, 4, 2, 4, 0], 'int32');
      const [actual, expected] = [
        valueAndGradients((embedding) => embeddingLookup(embedding as tf.Tensor2D, ids), [table]),
        valueAndGradients((embedding) => tf.matMul(tf.oneHot(ids, 5).toFloat(), embedding as tf.Tensor2D), [table]),
      ];
      for (const [part, theirs] of expected.entries()) isClose(t, actual[part] ?? [], theirs, 1e-6);
    });
  });

  test.serial(
    `${backend}: maskedCrossEntropy is the masked sum of tfjs's cross entropies, in value and gradient`,
    async (t) => {
      await useBackend(backend);
      scoped(() => {
        const logits = numbers('logits', 6, 5);
        const targets = tf.tensor1d([4, 0, 4, 2, 1, 0], 'int32');
        const mask = tf.tensor1d([1, 1, 0, 1, 0, 1]);
        const crossEntropies = (values: tf.Tensor2D): tf.Tensor =>
          tf.losses.softmaxCrossEntropy(tf.oneHot(targets, 5), values, undefined, 0, tf.Reduction.NONE);
        const [actual, expected] = [
          valueAndGradients((values) => maskedCrossEntropy(values as tf.Tensor2D, targets, mask), [logits]),
          valueAndGradients((values) => tf.sum(tf.mul(crossEntropies(values as tf.Tensor2D), mask)), [logits]),
        ];
        for (const [part, theirs] of expected.entries()) isClose(t, actual[part] ?? [], theirs, 1e-6);
      });
    },
  );

  test.serial(`${backend}: recurrentProduct used twice is two products, in value and in both gradients`, async (t) => {
    await useBackend(backend);
    scoped(() => {
      const inputs = [numbers('hidden', 4, 3), numbers('square', 3, 3)];
      const [actual, expected] = [
        valueAndGradients((h, w) => {
          const product = recurrentProduct(w as tf.Tensor2D);
          return product(product(h as tf.Tensor2D));
        }, inputs),
        valueAndGradients((h, w) => tf.matMul(tf.matMul(h as tf.Tensor2D, w as tf.Tensor2D), w as tf.Tensor2D), inputs),
      ];
      for (const [part, theirs] of expected.entries()) isClose(t, actual[part] ?? [], theirs, 1e-6);
    });
  });
}

test.serial('large logits do not overflow: the loss is their distance to the largest', async (t) => {
  await useBackend();
  scoped(() => {
    const logits = tf.tensor2d([1000, 0, -1000], [1, 3]);
    const lossOf = (target: number): number =>
      maskedCrossEntropy(logits, tf.tensor1d([target], 'int32'), tf.tensor1d([1])).dataSync()[0] ?? NaN;
    t.deepEqual(
      [0, 1, 2].map((target) => lossOf(target) + 0),
      [0, 1000, 2000],
    );
  });
});

test.serial('where the mask is 0, the gradient of the logits is exactly 0', async (t) => {
  await useBackend();
  scoped(() => {
    const logits = numbers('logits', 2, 4);
    const loss = (values: tf.Tensor): tf.Scalar =>
      maskedCrossEntropy(values as tf.Tensor2D, tf.tensor1d([1, 3], 'int32'), tf.tensor1d([0, 1]));
    const gradient = tf.grad(loss)(logits).dataSync();
    t.deepEqual(
      Array.from(gradient.slice(0, 4), (value) => value + 0),
      [0, 0, 0, 0],
    );
    t.true(gradient.slice(4).every((value) => value !== 0));
  });
});

import type { Scalar, Tensor } from '@tensorflow/tfjs';
import test from 'ava';
import { useBackend } from '../../../../src/model/backend.js';
import { withEngine } from '../../../../src/model/network/computeNetwork.js';
import type { Engine } from '../../../../src/model/network/Engine.js';
import { tablePays } from '../../../../src/model/network/LayerInputs.js';
import { lossChunkRows, maskedLoss } from '../../../../src/model/network/maskedLoss.js';
import { random } from '../../../../src/random.js';
import { tf } from '../../../../src/tf.js';
import { isClose } from '../../../support/closeness.js';
import { BACKENDS } from '../../../support/interpreters.js';
import { scoped } from '../../../support/memory.js';
import '../../../support/ownProcess.js';

interface Given {
  /** Logits, `[rows × vocabulary]`. */
  readonly logits: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly mask: readonly number[];
}

/** The loss of logits, and its gradients by them and by the projection: one by the unit matrix gives what it is given. */
function ofLogits(
  { logits, targets, mask }: Given,
  { tied = false, perChunk, smoothing }: { tied?: boolean; perChunk?: number; smoothing?: number } = {},
): { loss: number; gradient: number[]; ofMatrix: number[]; ofBias: number[] } {
  const vocabulary = logits[0]?.length ?? 0;
  const unit = Float32Array.from({ length: vocabulary ** 2 }, (_, at) => (at % (vocabulary + 1) === 0 ? 1 : 0));
  return withEngine(<T>(engine: Engine<T>) => {
    const { loss, gradients } = maskedLoss(
      engine,
      engine.floats([logits.length, vocabulary], Float32Array.from(logits.flat())),
      {
        matrix: engine.floats([vocabulary, vocabulary], unit),
        bias: engine.zeros([vocabulary]),
        ...{ tied, vocabulary },
      },
      { targets: Int32Array.from(targets), mask: Float32Array.from(mask), smoothing },
      true,
      perChunk,
    );
    const numbers = (value: T | undefined): number[] => (value === undefined ? [] : [...engine.numbers(value)]);
    return {
      loss,
      gradient: numbers(gradients?.hidden),
      ofMatrix: numbers(gradients?.matrix),
      ofBias: numbers(gradients?.bias),
    };
  });
}

/** Of the rows that count, by tfjs. */
function crossEntropy(values: Tensor, smoothing = 0): Scalar {
  const oneHot = tf.oneHot(tf.tensor1d([...given.targets], 'int32'), 5);
  const each = tf.losses.softmaxCrossEntropy(oneHot, values, undefined, smoothing, tf.Reduction.NONE);
  return tf.sum(tf.mul(each, tf.tensor1d([...given.mask])));
}

const { normal } = random(1, 'logits');
const logits = Array.from({ length: 6 }, (_, row) =>
  Array.from({ length: 5 }, (_, column) => normal(5 * row + column)),
);
const given: Given = { logits, targets: [4, 0, 4, 2, 1, 0], mask: [1, 1, 0, 1, 0, 1] };

for (const backend of BACKENDS) {
  test.serial(`${backend}: the loss is the masked sum of tfjs's cross entropies, in value and gradient`, async (t) => {
    await useBackend(backend);
    scoped(() => {
      const values = tf.tensor2d(logits);
      const { loss, gradient } = ofLogits(given);
      isClose(t, [loss], crossEntropy(values).dataSync(), 1e-6, 'loss');
      isClose(t, gradient, tf.grad(crossEntropy)(values).dataSync(), 1e-6, 'gradient');
    });
  });

  for (const tied of [false, true])
    test.serial(
      `${backend}: smoothed, gradients are those of tfjs's smoothed cross entropies, and the loss is as it was${tied ? ', tied' : ''}`,
      async (t) => {
        await useBackend(backend);
        scoped(() => {
          const values = tf.tensor2d(logits);
          for (const perChunk of [4, 6]) {
            const { loss, gradient, ofBias } = ofLogits(given, { smoothing: 0.3, tied, perChunk });
            isClose(t, [loss], crossEntropy(values).dataSync(), 1e-6, 'loss');
            const expected = tf.grad((at: Tensor) => crossEntropy(at, 0.3))(values);
            isClose(t, gradient, expected.dataSync(), 1e-6, 'gradient');
            isClose(t, ofBias, tf.sum(expected, 0).dataSync(), 1e-6, 'bias');
          }
        });
      },
    );

  test.serial(`${backend}: large logits do not overflow: the loss is their distance to the largest`, async (t) => {
    await useBackend(backend);
    const losses = [0, 1, 2].map(
      (target) => ofLogits({ logits: [[1000, 0, -1000]], targets: [target], mask: [1] }).loss,
    );
    t.deepEqual(
      losses.map((loss) => loss + 0),
      [0, 1000, 2000],
    );
  });

  test.serial(
    `${backend}: where the mask is 0, the gradient is exactly 0, and what is there does not count`,
    async (t) => {
      await useBackend(backend);
      const { loss, gradient } = ofLogits(given);
      for (const [row, counts] of given.mask.entries()) {
        const ofRow = gradient.slice(5 * row, 5 * row + 5);
        t.true(ofRow.every((value) => (value !== 0) === (counts === 1)));
      }
      const masked = logits.map((row, at) => (given.mask[at] === 0 ? row.map(() => 1e30) : row));
      t.is(ofLogits({ ...given, logits: masked }).loss, loss);
    },
  );

  for (const tied of [false, true])
    test.serial(
      `${backend}: in chunks of rows, the loss and all gradients are those of all rows at once${tied ? ', tied' : ''}`,
      async (t) => {
        await useBackend(backend);
        const whole = ofLogits(given, { tied });
        for (const perChunk of [1, 4, 5, 6]) {
          const inChunks = ofLogits(given, { tied, perChunk });
          isClose(t, [inChunks.loss], [whole.loss], 1e-6, `${perChunk} rows`);
          isClose(t, inChunks.gradient, whole.gradient, 1e-6, `the gradient, ${perChunk} rows`);
          isClose(t, inChunks.ofMatrix, whole.ofMatrix, 1e-6, `the matrix, ${perChunk} rows`);
          isClose(t, inChunks.ofBias, whole.ofBias, 1e-6, `the bias, ${perChunk} rows`);
        }
      },
    );
}

test('logits of a large vocabulary are held a few hundred rows at a time', (t) => {
  t.is(lossChunkRows(128), 2 ** 14);
  t.true(lossChunkRows(9000) < 300);
  t.is(lossChunkRows(1_000_000), 256);
});

test('a table of the vocabulary pays where it has fewer rows than there are tokens at once', (t) => {
  t.true(tablePays(50, 51, 4));
  t.false(tablePays(50, 50, 4));
  t.true(tablePays(63, 10_000, 4));
  t.false(tablePays(64, 10_000, 4));
});

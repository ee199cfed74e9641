import type { Rank, Tensor2D, Variable } from '@tensorflow/tfjs';
import test from 'ava';
import { tf } from '../../../src/tf.js';
import '../../support/backend.js';
import { dropoutMask } from '../../../src/model/dropoutMask.js';
import type { RecurrentState } from '../../../src/model/RecurrentState.js';
import { evaluate } from '../../../src/training/evaluate.js';
import type { ReferenceConfig } from '../../reference/languageModel.js';
import { referenceBatch } from '../../reference/weights.js';
import { isClose } from '../../support/closeness.js';
import { lossAndGradients, smallModel, totalLoss, variableOf } from '../../support/languageModels.js';
import { scoped } from '../../support/memory.js';

const place = { epoch: 2, index: 7 };

function maskOf(rate: number, { seed = 1, epoch = 2, index = 7, layer = 0, rows = 100, columns = 200 } = {}): number[] {
  return [...dropoutMask([rows, columns], rate, seed, { epoch, index }, layer)];
}

for (const rate of [0.1, 0.5, 0.9])
  test(`at rate ${rate}, this share of 20,000 numbers is zero, and the others are scaled up alike`, (t) => {
    const mask = maskOf(rate);
    const dropped = mask.filter((value) => value === 0).length;
    const deviation = Math.sqrt(mask.length * rate * (1 - rate));
    t.true(Math.abs(dropped - rate * mask.length) < 4 * deviation, `${dropped} are zero`);
    t.is(new Set(mask).size, 2);
  });

for (const rate of [0.1, 0.5, 0.9, 0.999, 1e-6])
  test(`at rate ${rate}, a kept number is divided by the probability that it is kept`, (t) => {
    const kept = 1 - Math.round(rate * 2 ** 12) / 2 ** 12;
    const mask = maskOf(rate, { rows: 300, columns: 300 });
    const values = new Set(mask.filter((value) => value !== 0));
    t.deepEqual([...values], [Math.fround(1 / kept)]);
  });

test('the kept numbers of a mask lie in no pattern: rows, columns and neighbours have their share', (t) => {
  const [rows, columns] = [200, 200];
  const mask = maskOf(0.5, { rows, columns }).map((value) => (value === 0 ? 0 : 1));
  const shares = [
    ...Array.from({ length: rows }, (_, row) => mask.filter((_, at) => Math.floor(at / columns) === row)),
    ...Array.from({ length: columns }, (_, column) => mask.filter((_, at) => at % columns === column)),
  ].map((line) => line.reduce<number>((sum, kept) => sum + kept, 0) / line.length);
  t.true(shares.every((share) => Math.abs(share - 0.5) < 5 * Math.sqrt(0.25 / 200)));
  const alike = mask.filter((kept, at) => kept === mask[at + 1]).length / mask.length;
  t.true(Math.abs(alike - 0.5) < 5 * Math.sqrt(0.25 / mask.length));
});

test('an odd number of numbers is no trouble', (t) => {
  t.is(maskOf(0.5, { rows: 3, columns: 5 }).length, 15);
});

test('rate 0 changes nothing', (t) => {
  t.true(maskOf(0).every((value) => value === 1));
});

test('the same seed, place and layer give the same mask', (t) => {
  t.deepEqual(maskOf(0.5), maskOf(0.5));
});

for (const [what, change] of Object.entries({
  seed: { seed: 2 },
  epoch: { epoch: 3 },
  batch: { index: 8 },
  layer: { layer: 1 },
}))
  test(`another ${what} gives another mask`, (t) => {
    const [one, other] = [maskOf(0.5), maskOf(0.5, change)];
    const alike = one.filter((value, at) => value === other[at]).length / one.length;
    t.true(Math.abs(alike - 0.5) < 5 * Math.sqrt(0.25 / one.length), `${alike} of the numbers are alike`);
  });

// ── In a model ──

const config: ReferenceConfig = {
  cell: 'lstm',
  vocabularySize: 7,
  embeddingSize: 3,
  hiddenSize: 4,
  layers: 2,
  eosId: 1,
};
const batch = referenceBatch(config, [4, 2, 3]);

/** Two models with the same weights, one with dropout. */
function twins() {
  return [0.5, 0].map((dropout) => smallModel({ cell: 'lstm', layers: 2, dropout })) as [
    ReturnType<typeof smallModel>,
    ReturnType<typeof smallModel>,
  ];
}

test('with a place, a model drops out: the loss changes, and is the same at the same place', (t) => {
  const [model, without] = twins();
  t.not(totalLoss(model, batch, place), totalLoss(without, batch, place));
  t.is(totalLoss(model, batch, place), totalLoss(model, batch, place));
  t.not(totalLoss(model, batch, place), totalLoss(model, batch, { ...place, index: 8 }));
  model.dispose();
  without.dispose();
});

test('without a place, a model does not drop out: loss and gradients are those of a model without dropout', (t) => {
  const [model, without] = twins();
  t.deepEqual(lossAndGradients(model, batch), lossAndGradients(without, batch));
  model.dispose();
  without.dispose();
});

test('evaluate does not drop out', async (t) => {
  const [model, without] = twins();
  const batches = async function* () {
    yield batch;
  };
  t.deepEqual(await evaluate(model, batches()), await evaluate(without, batches()));
  model.dispose();
  without.dispose();
});

test('next does not drop out', async (t) => {
  const [model, without] = twins();
  const rows = Int32Array.of(-1, -1);
  const ids = Int32Array.of(3, 4);
  const [a, b] = [await model.next(undefined, rows, ids), await without.next(undefined, rows, ids)];
  t.deepEqual(a.logProbabilities, b.logProbabilities);
  model.free(a.state);
  without.free(b.state);
  model.dispose();
  without.dispose();
});

test('outputs drop, the state that goes to the next time step does not', async (t) => {
  const rate = 0.5;
  const sequence = referenceBatch(config, [6]);
  const model = smallModel({ cell: 'rnn', dropout: rate });
  const mask = maskOf(rate, { ...place, rows: sequence.length, columns: 4 });
  const [projection, bias] = ['projection', 'projectionBias'].map((name) => variableOf(model, name));
  let loss = 0;
  let state: RecurrentState | undefined;
  for (const [time, id] of sequence.ids.entries()) {
    const read = time === 0 ? 1 : (sequence.ids[time - 1] ?? NaN);
    const previous = state;
    ({ state } = await model.next(previous, Int32Array.of(previous ? 0 : -1), Int32Array.of(read)));
    if (previous) model.free(previous);
    loss -= scoped(() => {
      const hidden = tf.tensor2d(state?.layers[0]?.['hidden'] ?? new Float32Array(4), [1, 4]);
      const output = tf.mul<Tensor2D>(hidden, [mask.slice(4 * time, 4 * time + 4)]);
      return tf.logSoftmax(tf.add(tf.matMul(output, projection as Variable<Rank.R2>), bias ?? 0)).dataSync()[id] ?? NaN;
    });
  }
  if (state) model.free(state);
  isClose(t, [totalLoss(model, sequence, place)], [loss], 1e-6);
  model.dispose();
});

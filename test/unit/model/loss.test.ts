import type * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { at, type ReferenceTensors, tensorOf } from '../../reference/arrays.js';
import { readLanguageModelFixture } from '../../reference/fixtures.js';
import { type ReferenceConfig, referenceLanguageModel } from '../../reference/languageModel.js';
import { referenceBatch, referenceWeights } from '../../reference/weights.js';
import { areClose, isClose } from '../../support/closeness.js';
import fc from '../../support/fastCheck.js';
import {
  cells,
  lossAndGradients,
  modelOf,
  setWeight,
  smallModel,
  totalLoss,
  variableOf,
  variantsOf,
} from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { everyFifth, sweep } from '../../support/sweeps.js';

const lengths = [5, 1, 4, 2];

// ── The reference and PyTorch ──

for (const cell of cells)
  test(`${cell}: loss and every gradient agree with the float64 reference, whatever the model is made of`, (t) => {
    for (const [variant, config, options] of sweep(variantsOf(cell), everyFifth)) {
      const weights = referenceWeights(config, options);
      const batch = referenceBatch(config, lengths);
      const expected = referenceLanguageModel(config, weights, batch);
      const model = modelOf(config, weights);
      const { loss, gradients } = lossAndGradients(model, batch);
      isClose(t, [loss], [expected.loss], 1e-5, variant);
      areClose(t, gradients, expected.gradients, 1e-5, variant);
      model.dispose();
    }
  });

for (const cell of ['rnn', 'lstm', 'gru'] as const)
  test(`${cell}: loss and every gradient agree with PyTorch`, (t) => {
    const { config, weights, batch, expected } = readLanguageModelFixture(cell);
    const model = modelOf(config, weights);
    const { loss, gradients } = lossAndGradients(model, batch);
    isClose(t, [loss], [expected.loss], 1e-5);
    areClose(t, gradients, expected.gradients, 1e-5, cell);
    model.dispose();
  });

// ── Its own loss ──

/** The slope of the loss along a direction, from float32 losses on both sides: good to about three digits. */
function slope(model: LanguageModel, batch: Batch, name: string, direction: Float64Array): number {
  const variable = variableOf(model, name);
  const start = Float64Array.from(variable.dataSync());
  const lossAt = (distance: number): number => {
    setWeight(
      model,
      name,
      start.map((value, place) => value + distance * at(direction, place)),
    );
    return totalLoss(model, batch) / batch.tokens;
  };
  const step = 0.02;
  const result = (lossAt(step) - lossAt(-step)) / (2 * step);
  setWeight(model, name, start);
  return result;
}

for (const cell of cells)
  test(`${cell}: a small step along the gradient of any weight changes the loss by the gradient's norm`, (t) => {
    for (const [variant, config, options] of variantsOf(cell)) {
      if (config.layers === 1 || !options.bias || !options.initialState) continue;
      const batch = referenceBatch(config, lengths);
      const model = modelOf(config, referenceWeights(config, options));
      for (const [name, { data }] of Object.entries(lossAndGradients(model, batch).gradients)) {
        const norm = Math.hypot(...data);
        const direction = data.map((value) => value / norm);
        isClose(t, [slope(model, batch, name, direction)], [norm], 0.01, `${variant}: ${name}`);
      }
      model.dispose();
    }
  });

test('the total loss is the loss per token times the tokens', (t) => {
  const { config, weights, batch, expected } = readLanguageModelFixture('gru');
  const model = modelOf(config, weights);
  isClose(t, [totalLoss(model, batch)], [expected.loss * batch.tokens], 1e-6);
  model.dispose();
});

// ── Padding ──

/** The bits of every gradient, 0 and −0 being one. */
function bits(gradients: ReferenceTensors): number[][] {
  return Object.values(gradients).map(({ data }) => Array.from(data, (value) => value + 0));
}

for (const cell of cells)
  test(`${cell}: whatever ids the padding has, loss and gradients keep every bit`, (t) => {
    const [[, config, options] = []] = variantsOf(cell).filter(
      ([, { layers }, options]) => layers === 2 && options.initialState,
    );
    if (!config) return t.fail();
    const model = modelOf(config, referenceWeights(config, options));
    const batch = referenceBatch(config, lengths);
    const { loss, gradients } = lossAndGradients(model, batch);
    const anyId = fc.integer({ min: 0, max: config.vocabularySize - 1 });
    fc.assert(
      fc.property(fc.array(anyId, { minLength: batch.ids.length, maxLength: batch.ids.length }), (scribble) => {
        const ids = batch.ids.map((id, place) => (at(batch.mask, place) === 1 ? id : at(scribble, place)));
        const scribbled = lossAndGradients(model, { ...batch, ids });
        t.is(scribbled.loss, loss);
        t.deepEqual(bits(scribbled.gradients), bits(gradients));
      }),
      { numRuns: 20 },
    );
    model.dispose();
  });

test('longer padding changes neither the loss nor a gradient, up to rounding', (t) => {
  const config: ReferenceConfig = {
    cell: 'lstm',
    vocabularySize: 7,
    embeddingSize: 3,
    hiddenSize: 4,
    layers: 2,
    eosId: 1,
  };
  const model = modelOf(config, referenceWeights(config, { initialState: true }));
  const batch = referenceBatch(config, lengths);
  const extra = 3 * batch.size;
  const longer: Batch = {
    ...batch,
    length: batch.length + 3,
    ids: Int32Array.from([...batch.ids, ...new Int32Array(extra)]),
    mask: Float32Array.from([...batch.mask, ...new Float32Array(extra)]),
  };
  const expected = lossAndGradients(model, batch);
  const { loss, gradients } = lossAndGradients(model, longer);
  isClose(t, [loss], [expected.loss], 1e-6);
  areClose(t, gradients, expected.gradients, 1e-6, 'longer');
  model.dispose();
});

for (const cell of cells)
  test(`${cell}: a batch of one time step has the reference's loss and gradients`, (t) => {
    for (const [variant, config, options] of sweep(variantsOf(cell), everyFifth)) {
      const weights = referenceWeights(config, options);
      const batch = referenceBatch(config, [1, 1]);
      const expected = referenceLanguageModel(config, weights, batch);
      const model = modelOf(config, weights);
      const { loss, gradients } = lossAndGradients(model, batch);
      isClose(t, [loss], [expected.loss], 1e-5, variant);
      areClose(t, gradients, expected.gradients, 1e-5, variant);
      model.dispose();
    }
  });

test('an embedding that no token reads has no gradient', (t) => {
  const { config, weights, batch } = readLanguageModelFixture('rnn');
  const model = modelOf(config, weights);
  const { gradients } = lossAndGradients(model, batch);
  const padRow = tensorOf(gradients, 'embedding').data.subarray(0, config.embeddingSize);
  t.true(padRow.every((value) => value === 0));
  model.dispose();
});

// ── Batches that are not for the model ──

const good: Batch = {
  ids: Int32Array.of(3, 4, 1, 1),
  mask: Float32Array.of(1, 1, 1, 1),
  lengths: Int32Array.of(2, 2),
  size: 2,
  length: 2,
  tokens: 4,
};

const badBatches: [string, Partial<Batch>, string][] = [
  [
    'of another vocabulary',
    { ids: Int32Array.of(3, 4, 1, 7) },
    "Expected ids from 0 to 6, got 7 at time step 1 of sequence 1. Was the batch made with the model's tokenizer?",
  ],
  [
    'with a negative id',
    { ids: Int32Array.of(-1, 4, 1, 1) },
    "Expected ids from 0 to 6, got -1 at time step 0 of sequence 0. Was the batch made with the model's tokenizer?",
  ],
  [
    'with too few ids',
    { ids: Int32Array.of(3, 4, 1) },
    'Expected a batch of 2 × 2 ids and mask values, got 3 ids and 4 mask values',
  ],
  [
    'with too many mask values',
    { mask: Float32Array.of(1, 1, 1, 1, 1) },
    'Expected a batch of 2 × 2 ids and mask values, got 4 ids and 5 mask values',
  ],
  [
    'with a mask value that is no number',
    { mask: Float32Array.of(1, 1, NaN, 1) },
    'Expected mask values of at least 0, got NaN at time step 1 of sequence 0',
  ],
  ['with too few lengths', { lengths: Int32Array.of(2) }, 'Expected a length for each of 2 sequences, got 1'],
  [
    'without sequences',
    { ids: new Int32Array(), mask: new Float32Array(), size: 0, length: 0 },
    'Expected a batch of tokens, got 0 × 0',
  ],
];

for (const [what, changes, message] of badBatches)
  test(`a batch ${what} is an InvalidArgumentError`, (t) => {
    const model = smallModel({ cell: 'gru' });
    t.throws(() => model.totalLoss({ ...good, ...changes }), { instanceOf: InvalidArgumentError, message });
    model.dispose();
  });

// ── Memory ──

test.serial('a loss leaves one tensor behind, itself, also outside of tf.tidy', async (t) => {
  const model = smallModel({ cell: 'lstm', layers: 2, dropout: 0.5, initialState: 'learned' });
  let loss: tf.Scalar | undefined;
  t.deepEqual(await leftBehind(() => (loss = model.totalLoss(good, { epoch: 0, index: 0 }))), {
    tensors: 1,
    buffers: 1,
  });
  t.deepEqual(await leftBehind(() => loss?.dispose()), { tensors: -1, buffers: -1 });
  model.dispose();
});

for (const cell of cells)
  test.serial(`${cell}: gradients leave nothing behind in a tf.tidy`, async (t) => {
    const model = smallModel({ cell, layers: 2, dropout: 0.5 });
    t.deepEqual(await leftBehind(() => lossAndGradients(model, good, { epoch: 0, index: 0 })), nothing);
    model.dispose();
  });

test.serial('a batch that is refused leaves nothing behind', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  const refused = { ...good, ids: Int32Array.of(9, 9, 9, 9) };
  t.deepEqual(await leftBehind(() => t.throws(() => lossAndGradients(model, refused))), nothing);
  model.dispose();
});

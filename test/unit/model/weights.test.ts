import test from 'ava';
import { cell } from '../../../src/cells/cell.js';
import { cellOf } from '../../../src/cells/cells.js';
import { CellError } from '../../../src/errors.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { type ModelOptions, modelConfig, weightShapes } from '../../../src/model/ModelConfig.js';
import { tensorOf } from '../../reference/arrays.js';
import { referenceWeights } from '../../reference/weights.js';
import { cells, smallModel, tokenizerOfSize, variantsOf, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

/** The initial weights of a model as numbers. */
function initialWeights(options: ModelOptions) {
  const model = smallModel(options);
  const weights = weightsOf(model);
  model.dispose();
  return weights;
}

for (const cell of cells)
  test(`${cell}: a model has the weights that its configuration says, in this order and of these shapes`, (t) => {
    for (const [variant, { vocabularySize, eosId: _, ...shape }, options] of variantsOf(cell)) {
      const bias = options.bias ?? true;
      const config = modelConfig({ ...shape, bias, initialState: options.initialState ? 'learned' : 'zero' });
      const model = new LanguageModel({ ...config, cell, tokenizer: tokenizerOfSize(vocabularySize) });
      const shapes = Object.entries(model.weights).map(([name, { shape }]) => [name, shape]);
      t.deepEqual(shapes, [...weightShapes(cellOf(cell), config, vocabularySize)], variant);
      const reference = referenceWeights({ ...shape, vocabularySize, eosId: 1 }, options);
      t.deepEqual(
        Object.fromEntries(shapes),
        Object.fromEntries(Object.entries(reference).map(([name, { shape }]) => [name, shape])),
      );
      model.dispose();
    }
  });

test('the same seed gives the same bits', (t) => {
  const options = { cell: 'lstm', layers: 2, initialState: 'learned', seed: 5 } as const;
  t.deepEqual(initialWeights(options), initialWeights(options));
});

test('another seed gives another number everywhere in every matrix', (t) => {
  const [one, other] = [initialWeights({ cell: 'gru', seed: 1 }), initialWeights({ cell: 'gru', seed: 2 })];
  for (const [name, { shape, data }] of Object.entries(one))
    if (shape.length === 2)
      t.true(
        data.every((value, at) => value !== tensorOf(other, name).data[at]),
        name,
      );
});

test('no two matrices begin alike', (t) => {
  const matrices = Object.values(initialWeights({ cell: 'rnn', layers: 3, embeddingSize: 4, tieWeights: true }));
  const beginnings = matrices.filter(({ shape }) => shape.length === 2).map(({ data }) => data[0]);
  t.is(new Set(beginnings).size, 7);
});

test('a second layer changes nothing in the first', (t) => {
  const [one, two] = [initialWeights({ cell: 'gru' }), initialWeights({ cell: 'gru', layers: 2 })];
  for (const [name, tensor] of Object.entries(one)) t.deepEqual(tensorOf(two, name), tensor, name);
});

test('biases and learned initial states begin at zero', (t) => {
  const weights = initialWeights({ cell: 'gruResetAfter', bias: true, initialState: 'learned' });
  const vectors = Object.entries(weights).filter(([, { shape }]) => shape.length === 1);
  t.deepEqual(
    vectors.map(([name]) => name),
    ['layers.0.bias', 'layers.0.recurrentBias', 'layers.0.initialHidden', 'projectionBias'],
  );
  for (const [name, { data }] of vectors)
    t.true(
      data.every((value) => value === 0),
      name,
    );
});

/** Mean, standard deviation and largest magnitude. */
function statistics(data: Float64Array): { mean: number; deviation: number; largest: number } {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return { mean, deviation: Math.sqrt(variance), largest: Math.max(...data.map(Math.abs)) };
}

test('matrices are uniform within ±1/√hiddenSize', (t) => {
  const weights = initialWeights({ cell: 'lstm', embeddingSize: 32, hiddenSize: 64 });
  for (const name of ['layers.0.inputWeights', 'layers.0.recurrentWeights']) {
    const { mean, deviation, largest } = statistics(tensorOf(weights, name).data);
    t.true(largest <= 1 / 8 && largest > 0.99 / 8, name);
    t.true(Math.abs(mean) < 0.005, name);
    t.true(Math.abs(deviation - 1 / 8 / Math.sqrt(3)) < 0.002, name);
  }
});

for (const [fact, tieWeights, expected] of [
  ['the embedding is normal with standard deviation 1', false, 1],
  ['an embedding that is also the projection is normal with standard deviation 1/√hiddenSize', true, 1 / 8],
] as const)
  test(fact, (t) => {
    const model = new LanguageModel({
      cell: 'rnn',
      tokenizer: tokenizerOfSize(29),
      embeddingSize: 64,
      hiddenSize: 64,
      tieWeights,
    });
    const { mean, deviation, largest } = statistics(tensorOf(weightsOf(model), 'embedding').data);
    t.true(Math.abs(mean) < 0.1 * expected);
    t.true(Math.abs(deviation / expected - 1) < 0.06);
    t.true(largest > 2.5 * expected);
    model.dispose();
  });

test.serial('a model that was disposed of leaves nothing behind', async (t) => {
  for (const cell of ['rnn', 'lstm', 'gru'] as const)
    t.deepEqual(await leftBehind(() => smallModel({ cell, layers: 2, initialState: 'learned' }).dispose()), nothing);
});

test.serial('to dispose of a model twice takes nothing else away', async (t) => {
  const [one, other] = [smallModel({ cell: 'rnn' }), smallModel({ cell: 'rnn' })];
  one.dispose();
  t.deepEqual(await leftBehind(() => one.dispose()), nothing);
  t.notThrows(() => weightsOf(other));
  other.dispose();
});

test.serial('a model of a cell whose equation cannot be is a CellError, and leaves nothing behind', async (t) => {
  const wrong = cell({
    name: 'wrong',
    state: ({ hidden }) => ({ hidden }),
    weights: ({ input, hidden }) => ({ inputWeights: [input, hidden] }),
    step: ({ x, hidden, inputWeights }) => ({ output: hidden, state: { hidden: hidden.plus(x).dot(inputWeights) } }),
  });
  const left = await leftBehind(() =>
    t.throws(() => smallModel({ cell: wrong }), {
      instanceOf: CellError,
      message: 'Expected shapes that fit for add, got [batch × 4] and [batch × 3]',
    }),
  );
  t.deepEqual(left, nothing);
});

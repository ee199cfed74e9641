import test, { type ExecutionContext } from 'ava';
import { type ReferenceTensor, type ReferenceTensors, tensorOf, zerosLike } from '../../reference/arrays.js';
import { type Cell, layerTensors, type State } from '../../reference/cell.js';
import { readLanguageModelFixture } from '../../reference/fixtures.js';
import { gru } from '../../reference/gru.js';
import { gruResetAfter } from '../../reference/gruResetAfter.js';
import { type ReferenceConfig, referenceLanguageModel } from '../../reference/languageModel.js';
import { lstm } from '../../reference/lstm.js';
import { numericGradients } from '../../reference/numericGradients.js';
import { rnn } from '../../reference/rnn.js';
import { type ReferenceWeightOptions, referenceBatch, referenceWeights } from '../../reference/weights.js';

/** The largest difference between two arrays, relative to the largest number of the expected one. */
function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const pairs = Array.from(actual, (value, index) => [value, expected[index] ?? Number.NaN] as const);
  const difference = Math.max(...pairs.map(([a, b]) => Math.abs(a - b)));
  return difference / Math.max(...pairs.map(([, b]) => Math.abs(b)));
}

function allClose(t: ExecutionContext, actual: ReferenceTensors, expected: ReferenceTensors, tolerance: number): void {
  t.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, { shape, data }] of Object.entries(expected)) {
    t.deepEqual(tensorOf(actual, name).shape, shape, name);
    const difference = relativeDifference(tensorOf(actual, name).data, data);
    t.true(difference < tolerance, `${name} differs by ${difference}`);
  }
}

// ── PyTorch ──

for (const cell of ['rnn', 'lstm', 'gru'] as const)
  test(`the reference agrees with PyTorch in loss, logits and every gradient: ${cell}`, (t) => {
    const { config, weights, batch, expected } = readLanguageModelFixture(cell);
    const { loss, logits, gradients } = referenceLanguageModel(config, weights, batch);
    t.true(Math.abs(loss - expected.loss) < 1e-7 * expected.loss);
    t.true(relativeDifference(logits, expected.logits.data) < 1e-7);
    allClose(t, gradients, expected.gradients, 1e-7);
  });

// ── Finite differences ──

const small = { vocabularySize: 6, embeddingSize: 2, hiddenSize: 3, layers: 1, eosId: 1 };

const models: Record<string, [ReferenceConfig, ReferenceWeightOptions]> = {
  rnn: [{ ...small, cell: 'rnn' }, {}],
  'rnn, two layers, initial states': [{ ...small, cell: 'rnn', layers: 2 }, { initialState: true }],
  lstm: [{ ...small, cell: 'lstm' }, {}],
  'lstm, two layers, initial states': [{ ...small, cell: 'lstm', layers: 2 }, { initialState: true }],
  'gru without biases': [{ ...small, cell: 'gru' }, { bias: false }],
  'gru, two layers, initial states': [{ ...small, cell: 'gru', layers: 2 }, { initialState: true }],
  'gru, reset after': [{ ...small, cell: 'gruResetAfter' }, { initialState: true }],
  'gru, reset after, without biases': [{ ...small, cell: 'gruResetAfter' }, { bias: false }],
  'lstm, tied weights': [{ ...small, cell: 'lstm', embeddingSize: 3, tieWeights: true }, {}],
  'rnn, tied weights, no biases': [
    { ...small, cell: 'rnn', embeddingSize: 3, tieWeights: true },
    { bias: false, projectionBias: false },
  ],
};

for (const [title, [config, options]] of Object.entries(models))
  test(`the gradient of every weight is the finite difference of the loss: ${title}`, (t) => {
    const weights = referenceWeights(config, options);
    const batch = referenceBatch(config, [5, 4, 2]);
    const numeric = numericGradients((changed) => referenceLanguageModel(config, changed, batch).loss, weights);
    allClose(t, referenceLanguageModel(config, weights, batch).gradients, numeric, 1e-7);
  });

// ── Worked by hand ──

const LN2 = Math.log(2);
const LN3 = Math.log(3);

/** One time step of a cell of hidden size 1 that reads x = 0.5 in the state h = 1, C = `memory`, then ∂loss/∂h = 1. */
function workedStep(cell: Cell, numbers: Record<string, number[]>, memory: number[] = []) {
  const tensor = (name: string, data: number[]): ReferenceTensor => ({
    shape: name.endsWith('Weights') ? [1, data.length] : [data.length],
    data: Float64Array.from(data),
  });
  const weights = Object.fromEntries(
    Object.entries(numbers).map(([name, data]) => [`layers.0.${name}`, tensor(name, data)]),
  );
  const gradients = zerosLike(weights);
  const previous: State = { hidden: Float64Array.of(1), memory: Float64Array.from(memory) };
  const step = cell(layerTensors(weights, 0), layerTensors(gradients, 0), Float64Array.of(0.5), previous);
  const backward = step.backward({ hidden: Float64Array.of(1), memory: previous.memory.map(() => 0) });
  return {
    state: [...step.state.hidden, ...step.state.memory],
    inputGradient: [...backward.input],
    stateGradient: [...backward.previous.hidden, ...backward.previous.memory],
    gradients: Object.values(gradients).map(({ data }) => [...data]),
  };
}

function near(t: ExecutionContext, actual: ReturnType<typeof workedStep>, expected: typeof actual): void {
  const flat = (value: typeof actual) => Object.values(value).flat(2);
  t.deepEqual(Object.keys(actual), Object.keys(expected));
  t.true(relativeDifference(flat(actual), flat(expected)) < 1e-12, JSON.stringify(actual));
}

// Sigmoids and hyperbolic tangents that are fractions: σ(0) = 1/2, σ(ln 3) = 3/4, σ(−ln 3) = 1/4, tanh(ln 2) = 3/5.

test('an RNN step worked by hand', (t) => {
  // a = 0.5·2 + 1·(−1) + ln 2 = ln 2, h′ = 0.6, ∂a = 1 − 0.6² = 0.64
  // ∂W = 0.5·0.64, ∂U = 1·0.64, ∂b = 0.64, ∂x = 2·0.64, ∂h = −1·0.64
  near(t, workedStep(rnn, { inputWeights: [2], recurrentWeights: [-1], bias: [LN2] }), {
    state: [0.6],
    inputGradient: [1.28],
    stateGradient: [-0.64],
    gradients: [[0.32], [0.64], [0.64]],
  });
});

test('an LSTM step worked by hand', (t) => {
  // x·W + h·U = 0 in every gate, so a = b: f = σ(0) = 0.5, i = σ(ln 3) = 0.75, o = σ(−ln 3) = 0.25, g = tanh(ln 2) = 0.6
  // C′ = 0.5·C + 0.75·0.6 = ln 2 for C = 2·(ln 2 − 0.45); h′ = 0.25·tanh(ln 2) = 0.15
  // ∂C′ = 0.25·(1 − 0.6²) = 0.16
  // ∂a_f = 0.16·C·0.5·0.5 = 0.04·C, ∂a_i = 0.16·0.6·0.75·0.25 = 0.018, ∂a_o = 0.6·0.25·0.75 = 0.1125,
  // ∂a_g = 0.16·0.75·(1 − 0.6²) = 0.0768
  // ∂x = 2·0.04·C + 4·0.018 + 6·0.1125 + 8·0.0768, ∂h = −1·0.04·C − 2·0.018 − 3·0.1125 − 4·0.0768, ∂C = 0.16·0.5
  const c = 2 * (LN2 - 0.45);
  const a = [0.04 * c, 0.018, 0.1125, 0.0768];
  const weights = { inputWeights: [2, 4, 6, 8], recurrentWeights: [-1, -2, -3, -4], bias: [0, LN3, -LN3, LN2] };
  near(t, workedStep(lstm, weights, [c]), {
    state: [0.15, LN2],
    inputGradient: [0.08 * c + 1.3614],
    stateGradient: [-0.04 * c - 0.6807, 0.08],
    gradients: [a.map((one) => 0.5 * one), a, a],
  });
});

test('a GRU step worked by hand: the reset gate applies before the product', (t) => {
  // z = σ(0.5·2 − 1 − ln 3) = 0.25, r = σ(0.5·4 − 2) = 0.5, n = tanh(0.5·8 + (0.5·1)·(−8) + ln 2) = 0.6
  // h′ = 0.75·1 + 0.25·0.6 = 0.9
  // ∂a_n = 0.25·(1 − 0.6²) = 0.16, ∂(r·h) = −8·0.16 = −1.28, ∂a_r = −1.28·1·0.5·0.5 = −0.32,
  // ∂a_z = (0.6 − 1)·0.25·0.75 = −0.075
  // ∂x = 2·(−0.075) + 4·(−0.32) + 8·0.16 = −0.15
  // ∂h = 0.75 − 1.28·0.5 + (−1)·(−0.075) + (−2)·(−0.32) = 0.825; ∂U_n = r·h·∂a_n = 0.5·0.16
  const weights = { inputWeights: [2, 4, 8], recurrentWeights: [-1, -2, -8], bias: [-LN3, 0, LN2] };
  near(t, workedStep(gru, weights), {
    state: [0.9],
    inputGradient: [-0.15],
    stateGradient: [0.825],
    gradients: [
      [-0.0375, -0.16, 0.08],
      [-0.075, -0.32, 0.08],
      [-0.075, -0.32, 0.16],
    ],
  });
});

test('a GRU step worked by hand: the reset gate applies after the product', (t) => {
  // z = 0.25 and r = 0.5 as before; q = 1·(−8) + 2 = −6, n = tanh(0.5·8 + (ln 2 − 1) + 0.5·(−6)) = 0.6
  // h′ = 0.75·1 + 0.25·0.6 = 0.9
  // ∂a_n = 0.16, ∂q = 0.5·0.16 = 0.08, ∂a_r = 0.16·(−6)·0.5·0.5 = −0.24, ∂a_z = −0.075
  // ∂x = 2·(−0.075) + 4·(−0.24) + 8·0.16 = 0.17
  // ∂h = 0.75 + (−1)·(−0.075) + (−2)·(−0.24) + (−8)·0.08 = 0.665; ∂U_n = h·∂q, ∂recurrentBias = ∂q
  const weights = {
    inputWeights: [2, 4, 8],
    recurrentWeights: [-1, -2, -8],
    bias: [-LN3, 0, LN2 - 1],
    recurrentBias: [2],
  };
  near(t, workedStep(gruResetAfter, weights), {
    state: [0.9],
    inputGradient: [0.17],
    stateGradient: [0.665],
    gradients: [[-0.0375, -0.12, 0.08], [-0.075, -0.24, 0.08], [-0.075, -0.24, 0.16], [0.08]],
  });
});

// ── The whole model ──

test('a model of zeros has the loss ln(vocabularySize)', (t) => {
  const config: ReferenceConfig = { ...small, cell: 'gru' };
  const { loss } = referenceLanguageModel(config, zerosLike(referenceWeights(config)), referenceBatch(config, [3, 1]));
  t.true(Math.abs(loss - Math.log(6)) < 1e-12);
});

test('what stands behind the mask changes neither the loss nor a gradient', (t) => {
  const config: ReferenceConfig = { ...small, cell: 'lstm' };
  const weights = referenceWeights(config);
  const batch = referenceBatch(config, [5, 2]);
  const scribbled = { ...batch, ids: batch.ids.map((id, position) => (batch.mask[position] === 0 ? 4 : id)) };
  const expected = referenceLanguageModel(config, weights, batch);
  const actual = referenceLanguageModel(config, weights, scribbled);
  t.is(actual.loss, expected.loss);
  for (const [name, { data }] of Object.entries(expected.gradients))
    t.is(relativeDifference(tensorOf(actual.gradients, name).data, data), 0, name);
});

test('the loss of a batch is the loss of its sequences, weighted by their tokens', (t) => {
  const config: ReferenceConfig = { ...small, cell: 'gruResetAfter' };
  const weights = referenceWeights(config, { initialState: true });
  const batch = referenceBatch(config, [4, 2]);
  const alone = [0, 1].map((b) => {
    const own = <A extends Int32Array | Float32Array>(values: A) => values.filter((_, position) => position % 2 === b);
    const one = { ids: Int32Array.from(own(batch.ids)), mask: Float32Array.from(own(batch.mask)), size: 1, length: 4 };
    return referenceLanguageModel(config, weights, one).loss;
  });
  const [first = 0, second = 0] = alone;
  t.true(Math.abs(referenceLanguageModel(config, weights, batch).loss - (4 * first + 2 * second) / 6) < 1e-12);
});

import type { CellName } from './cells/cells.js';
import type { ModelConfig } from './ModelConfig.js';
import type { StoredTensor } from './safetensors.js';

/**
 * This library's weights ↔ those of PyTorch modules `embedding` (`nn.Embedding`), `rnn` (`nn.RNN`, `nn.LSTM`, `nn.GRU`) and
 * `output` (`nn.Linear`), which have what is ours transposed, blocks in another order, and two biases that are added:
 *
 *     embedding [V × E]                      embedding.weight [V × E]
 *     layers.0.inputWeights [E × B·H]        rnn.weight_ih_l0 [B·H × E]
 *     layers.0.recurrentWeights [H × B·H]    rnn.weight_hh_l0 [B·H × H]
 *     layers.0.bias [B·H]                    rnn.bias_ih_l0 + rnn.bias_hh_l0 [B·H]
 *     layers.0.recurrentBias [H]             the candidate's part of rnn.bias_hh_l0 (GRU with resetAfter)
 *     layers.0.initialHidden [H]             h_0 [L × 1 × H], of all layers
 *     layers.0.initialMemory [H]             c_0 [L × 1 × H], of all layers
 *     projection [H × V]                     output.weight [V × H]
 *     projectionBias [V]                     output.bias [V]
 *
 * V: vocabulary, E: embedding, H: hidden, L: layers, B: blocks of the cell. A GRU's z is negated: PyTorch's z is 1 − ours,
 * and 1 − σ(a) = σ(−a). Source: `torch.nn.LSTM` and `torch.nn.GRU` in PyTorch's documentation.
 */
export type Weights = ReadonlyMap<string, StoredTensor>;

/** Which of our blocks stands at each place of PyTorch's order, and the other way round: both are the same. */
const BLOCK_ORDER: Readonly<Record<CellName, readonly number[]>> = {
  rnn: [0],
  lstm: [1, 0, 3, 2], // f, i, o, g ↔ i, f, g, o
  gru: [1, 0, 2], // z, r, n ↔ r, z, n
};

const INITIAL_STATES = [
  ['initialHidden', 'h_0'],
  ['initialMemory', 'c_0'],
] as const;

/** The name and shape of every tensor in PyTorch's layout, in their order in files. */
export function torchShapes(config: ModelConfig, vocabularySize: number): Map<string, number[]> {
  const { cell, embeddingSize, hiddenSize, layers, bias, initialState, tieWeights } = config;
  const rows = BLOCK_ORDER[cell].length * hiddenSize;
  const shapes = new Map([['embedding.weight', [vocabularySize, embeddingSize]]]);
  for (let layer = 0; layer < layers; layer++) {
    shapes.set(`rnn.weight_ih_l${layer}`, [rows, layer === 0 ? embeddingSize : hiddenSize]);
    shapes.set(`rnn.weight_hh_l${layer}`, [rows, hiddenSize]);
    if (bias) shapes.set(`rnn.bias_ih_l${layer}`, [rows]).set(`rnn.bias_hh_l${layer}`, [rows]);
  }
  if (initialState === 'learned') {
    shapes.set('h_0', [layers, 1, hiddenSize]);
    if (cell === 'lstm') shapes.set('c_0', [layers, 1, hiddenSize]);
  }
  if (!tieWeights) shapes.set('output.weight', [vocabularySize, hiddenSize]);
  return shapes.set('output.bias', [vocabularySize]);
}

/** A model's weights in PyTorch's layout: what `torchShapes` lists. */
export function toTorch(config: ModelConfig, weights: Weights): Map<string, StoredTensor> {
  const { cell, hiddenSize, layers, bias, resetAfter, tieWeights } = config;
  const toBlocks = (tensor: StoredTensor): StoredTensor =>
    reordered(cell, cell === 'gru' ? firstNegated(tensor, hiddenSize) : tensor);
  const tensors = new Map([['embedding.weight', tensorOf(weights, 'embedding')]]);
  for (let layer = 0; layer < layers; layer++) {
    const ours = (name: string): StoredTensor => tensorOf(weights, `layers.${layer}.${name}`);
    tensors.set(`rnn.weight_ih_l${layer}`, toBlocks(transposed(ours('inputWeights'))));
    tensors.set(`rnn.weight_hh_l${layer}`, toBlocks(transposed(ours('recurrentWeights'))));
    if (!bias) continue;
    const { shape, values } = ours('bias');
    const recurrentBias = new Float32Array(values.length);
    if (resetAfter) recurrentBias.set(ours('recurrentBias').values, 2 * hiddenSize);
    tensors.set(`rnn.bias_ih_l${layer}`, toBlocks({ shape, values }));
    tensors.set(`rnn.bias_hh_l${layer}`, { shape, values: recurrentBias });
  }
  for (const [name, theirs] of INITIAL_STATES)
    if (weights.has(`layers.0.${name}`)) {
      const values = new Float32Array(layers * hiddenSize);
      for (let layer = 0; layer < layers; layer++)
        values.set(tensorOf(weights, `layers.${layer}.${name}`).values, layer * hiddenSize);
      tensors.set(theirs, { shape: [layers, 1, hiddenSize], values });
    }
  if (!tieWeights) tensors.set('output.weight', transposed(tensorOf(weights, 'projection')));
  return tensors.set('output.bias', tensorOf(weights, 'projectionBias'));
}

/** A model's weights from what `torchShapes` lists. */
export function fromTorch(config: ModelConfig, tensors: Weights): Map<string, StoredTensor> {
  const { cell, hiddenSize, layers, bias, resetAfter, tieWeights } = config;
  const fromBlocks = (tensor: StoredTensor): StoredTensor =>
    cell === 'gru' ? firstNegated(reordered(cell, tensor), hiddenSize) : reordered(cell, tensor);
  const weights = new Map([['embedding', tensorOf(tensors, 'embedding.weight')]]);
  for (let layer = 0; layer < layers; layer++) {
    const theirs = (name: string): StoredTensor => tensorOf(tensors, `rnn.${name}_l${layer}`);
    const set = (name: string, tensor: StoredTensor): unknown => weights.set(`layers.${layer}.${name}`, tensor);
    set('inputWeights', transposed(fromBlocks(theirs('weight_ih'))));
    set('recurrentWeights', transposed(fromBlocks(theirs('weight_hh'))));
    if (bias) {
      const { shape, values } = theirs('bias_ih');
      const recurrent = theirs('bias_hh').values;
      // Of a GRU with resetAfter, the candidate's two biases are not added, but stay apart.
      const added = recurrent.subarray(0, resetAfter ? 2 * hiddenSize : recurrent.length);
      set('bias', fromBlocks({ shape, values: values.map((value, at) => sum(value, added[at] ?? 0)) }));
      if (resetAfter) set('recurrentBias', { shape: [hiddenSize], values: recurrent.slice(2 * hiddenSize) });
    }
    for (const [name, all] of INITIAL_STATES) {
      const values = tensors.get(all)?.values.slice(layer * hiddenSize, (layer + 1) * hiddenSize);
      if (values) set(name, { shape: [hiddenSize], values });
    }
  }
  if (!tieWeights) weights.set('projection', transposed(tensorOf(tensors, 'output.weight')));
  return weights.set('projectionBias', tensorOf(tensors, 'output.bias'));
}

function tensorOf(tensors: Weights, name: string): StoredTensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new TypeError(`There is no ${name} among ${[...tensors.keys()].join(', ')}`);
  return tensor;
}

function transposed({ shape: [rows = 0, columns = 0], values }: StoredTensor): StoredTensor {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column] ?? 0;
  return { shape: [columns, rows], values: result };
}

/** The blocks of rows in the other order. */
function reordered(cell: CellName, { shape, values }: StoredTensor): StoredTensor {
  const order = BLOCK_ORDER[cell];
  const size = values.length / order.length;
  const result = new Float32Array(values.length);
  for (const [place, from] of order.entries())
    result.set(values.subarray(from * size, (from + 1) * size), place * size);
  return { shape, values: result };
}

/** The first `count` rows, which in our order are z's, negated. */
function firstNegated({ shape, values }: StoredTensor, count: number): StoredTensor {
  const end = (values.length / (shape[0] ?? 1)) * count;
  return { shape, values: values.map((value, at) => (at < end ? -value : value)) };
}

/** Adds nothing to −0 where there is nothing to add, so that what was saved comes back bit for bit. */
function sum(a: number, b: number): number {
  return b === 0 ? a : a + b;
}

import type { Cell, TorchLayout } from '../cells/cell.js';
import { type ModelConfig, sizesOf, weightShapes } from './ModelConfig.js';
import type { StoredTensor } from './safetensors.js';

/**
 * This library's weights ↔ those of PyTorch modules `embedding` (`nn.Embedding`), `rnn` (`nn.RNN`, `nn.LSTM`, `nn.GRU`) and
 * `output` (`nn.Linear`), which have what is ours transposed, blocks in another order, and two biases that are added:
 *
 *     embedding [V × E]                      embedding.weight [V × E]
 *     layers.0.inputWeights [E × B·H]        rnn.weight_ih_l0 [B·H × E]
 *     layers.0.recurrentWeights [H × B·H]    rnn.weight_hh_l0 [B·H × H]
 *     layers.0.bias [B·H]                    rnn.bias_ih_l0 + rnn.bias_hh_l0 [B·H]
 *     layers.0.recurrentBias [H]             the candidate's part of rnn.bias_hh_l0 (gruResetAfter)
 *     layers.0.initialHidden [H]             h_0 [L × 1 × H], of all layers
 *     layers.0.initialMemory [H]             c_0 [L × 1 × H], of all layers
 *     projection [H × V]                     output.weight [V × H]
 *     projectionBias [V]                     output.bias [V]
 *
 * V: vocabulary, E: embedding, H: hidden, L: layers, B: blocks of the cell. A GRU's z is negated: PyTorch's z is 1 − ours,
 * and 1 − σ(a) = σ(−a). A cell that PyTorch has no module for keeps our names and layout in its layers. Source: `torch.nn.LSTM` and `torch.nn.GRU` in PyTorch's documentation.
 */
export type Weights = ReadonlyMap<string, StoredTensor>;

const INITIAL_STATES = [
  ['initialHidden', 'h_0'],
  ['initialMemory', 'c_0'],
] as const;

/** The name and shape of every tensor in PyTorch's layout, in their order in files. */
export function torchShapes(cell: Cell, config: ModelConfig, vocabularySize: number): Map<string, number[]> {
  const { embeddingSize, hiddenSize, layers, bias, initialState, tieWeights } = config;
  const shapes = new Map([['embedding.weight', [vocabularySize, embeddingSize]]]);
  if (cell.torch) {
    const rows = cell.torch.blocks.length * hiddenSize;
    for (let layer = 0; layer < layers; layer++) {
      shapes.set(`rnn.weight_ih_l${layer}`, [rows, layer === 0 ? embeddingSize : hiddenSize]);
      shapes.set(`rnn.weight_hh_l${layer}`, [rows, hiddenSize]);
      if (bias) shapes.set(`rnn.bias_ih_l${layer}`, [rows]).set(`rnn.bias_hh_l${layer}`, [rows]);
    }
    if (initialState === 'learned') {
      shapes.set('h_0', [layers, 1, hiddenSize]);
      if (cell.torch.module === 'LSTM') shapes.set('c_0', [layers, 1, hiddenSize]);
    }
  } else for (const [name, shape] of ofLayers(weightShapes(cell, config, vocabularySize))) shapes.set(name, shape);
  if (!tieWeights) shapes.set('output.weight', [vocabularySize, hiddenSize]);
  return shapes.set('output.bias', [vocabularySize]);
}

/** A model's weights in PyTorch's layout: what `torchShapes` lists. */
export function toTorch(cell: Cell, config: ModelConfig, weights: Weights): Map<string, StoredTensor> {
  const tensors = new Map([['embedding.weight', tensorOf(weights, 'embedding')]]);
  const layers = cell.torch ? layersToTorch(cell.torch, config, weights) : ofLayers(weights);
  for (const [name, tensor] of layers) tensors.set(name, tensor);
  if (!config.tieWeights) tensors.set('output.weight', transposed(tensorOf(weights, 'projection')));
  return tensors.set('output.bias', tensorOf(weights, 'projectionBias'));
}

/** A model's weights from what `torchShapes` lists. */
export function fromTorch(cell: Cell, config: ModelConfig, tensors: Weights): Map<string, StoredTensor> {
  const weights = new Map([['embedding', tensorOf(tensors, 'embedding.weight')]]);
  const hasRecurrentBias = 'recurrentBias' in cell.weights(sizesOf(config, 0));
  const layers = cell.torch ? layersFromTorch(cell.torch, config, tensors, hasRecurrentBias) : ofLayers(tensors);
  for (const [name, tensor] of layers) weights.set(name, tensor);
  if (!config.tieWeights) weights.set('projection', transposed(tensorOf(tensors, 'output.weight')));
  return weights.set('projectionBias', tensorOf(tensors, 'output.bias'));
}

function layersToTorch(torch: TorchLayout, config: ModelConfig, weights: Weights): Map<string, StoredTensor> {
  const { hiddenSize, layers, bias } = config;
  const toBlocks = (tensor: StoredTensor): StoredTensor => reordered(torch.blocks, negated(torch, tensor));
  const tensors = new Map<string, StoredTensor>();
  for (let layer = 0; layer < layers; layer++) {
    const ours = (name: string): StoredTensor => tensorOf(weights, `layers.${layer}.${name}`);
    tensors.set(`rnn.weight_ih_l${layer}`, toBlocks(transposed(ours('inputWeights'))));
    tensors.set(`rnn.weight_hh_l${layer}`, toBlocks(transposed(ours('recurrentWeights'))));
    if (!bias) continue;
    const { shape, values } = ours('bias');
    const recurrentBias = new Float32Array(values.length);
    if (weights.has(`layers.${layer}.recurrentBias`)) recurrentBias.set(ours('recurrentBias').values, 2 * hiddenSize);
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
  return tensors;
}

function layersFromTorch(
  torch: TorchLayout,
  { hiddenSize, layers, bias }: ModelConfig,
  tensors: Weights,
  hasRecurrentBias: boolean,
): Map<string, StoredTensor> {
  const places = torch.blocks.map((_, block) => torch.blocks.indexOf(block));
  const fromBlocks = (tensor: StoredTensor): StoredTensor => negated(torch, reordered(places, tensor));
  const weights = new Map<string, StoredTensor>();
  for (let layer = 0; layer < layers; layer++) {
    const theirs = (name: string): StoredTensor => tensorOf(tensors, `rnn.${name}_l${layer}`);
    const set = (name: string, tensor: StoredTensor): unknown => weights.set(`layers.${layer}.${name}`, tensor);
    set('inputWeights', transposed(fromBlocks(theirs('weight_ih'))));
    set('recurrentWeights', transposed(fromBlocks(theirs('weight_hh'))));
    if (bias) {
      const { shape, values } = theirs('bias_ih');
      const recurrent = theirs('bias_hh').values;
      // Of a GRU that resets after the product, the candidate's two biases are not added, but stay apart.
      const added = recurrent.subarray(0, hasRecurrentBias ? 2 * hiddenSize : recurrent.length);
      set('bias', fromBlocks({ shape, values: values.map((value, at) => sum(value, added[at] ?? 0)) }));
      if (hasRecurrentBias) set('recurrentBias', { shape: [hiddenSize], values: recurrent.slice(2 * hiddenSize) });
    }
    for (const [name, all] of INITIAL_STATES) {
      const values = tensors.get(all)?.values.slice(layer * hiddenSize, (layer + 1) * hiddenSize);
      if (values) set(name, { shape: [hiddenSize], values });
    }
  }
  return weights;
}

/** What is of layers, under the same names there and here. */
function ofLayers<T>(named: ReadonlyMap<string, T>): [string, T][] {
  return [...named].filter(([name]) => name.startsWith('layers.'));
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

/** The blocks of rows in another order: which of them comes at each place. */
function reordered(blocks: readonly number[], { shape, values }: StoredTensor): StoredTensor {
  const size = values.length / blocks.length;
  const result = new Float32Array(values.length);
  for (const [place, from] of blocks.entries())
    result.set(values.subarray(from * size, (from + 1) * size), place * size);
  return { shape, values: result };
}

/** Our blocks of rows that are negated in PyTorch, negated. */
function negated({ blocks, negated }: TorchLayout, tensor: StoredTensor): StoredTensor {
  if (negated.length === 0) return tensor;
  const values = tensor.values.slice();
  const size = values.length / blocks.length;
  for (const block of negated)
    for (let at = block * size; at < (block + 1) * size; at++) values[at] = -(values[at] as number);
  return { shape: tensor.shape, values };
}

/** Adds nothing to −0 where there is nothing to add, so that what was saved comes back bit for bit. */
function sum(a: number, b: number): number {
  return b === 0 ? a : a + b;
}

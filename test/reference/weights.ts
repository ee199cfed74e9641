import type { Batch } from '../../src/pipeline/Batch.js';
import { random } from '../../src/random.js';
import type { ReferenceTensor, ReferenceTensors } from './arrays.js';
import type { ReferenceConfig } from './languageModel.js';

/** Which of the weights that a model may lack are there. */
export interface ReferenceWeightOptions {
  /** The seed of the numbers. Default: 0. */
  readonly seed?: number;
  /** Biases of the gates (a GRU that resets after the product then has `recurrentBias` too). Default: true. */
  readonly bias?: boolean;
  /** Bias of the projection. Default: true. */
  readonly projectionBias?: boolean;
  /** Learned initial states. Default: false. */
  readonly initialState?: boolean;
}

const GATES = { rnn: 1, lstm: 4, gru: 3, gruResetAfter: 3 } as const;

/** Weights for a model, from the normal distribution with standard deviation 0.5: the same seed, the same numbers. */
export function referenceWeights(config: ReferenceConfig, options: ReferenceWeightOptions = {}): ReferenceTensors {
  const { cell, vocabularySize, embeddingSize, hiddenSize, layers, tieWeights = false } = config;
  const { seed = 0, bias = true, projectionBias = true, initialState = false } = options;
  const shapes = new Map([['embedding', [vocabularySize, embeddingSize]]]);
  for (let index = 0; index < layers; index++) {
    const layer = `layers.${index}`;
    const columns = GATES[cell] * hiddenSize;
    shapes.set(`${layer}.inputWeights`, [index === 0 ? embeddingSize : hiddenSize, columns]);
    shapes.set(`${layer}.recurrentWeights`, [hiddenSize, columns]);
    if (bias) shapes.set(`${layer}.bias`, [columns]);
    if (bias && cell === 'gruResetAfter') shapes.set(`${layer}.recurrentBias`, [hiddenSize]);
    if (initialState) shapes.set(`${layer}.initialHidden`, [hiddenSize]);
    if (initialState && cell === 'lstm') shapes.set(`${layer}.initialMemory`, [hiddenSize]);
  }
  if (!tieWeights) shapes.set('projection', [hiddenSize, vocabularySize]);
  if (projectionBias) shapes.set('projectionBias', [vocabularySize]);
  return Object.fromEntries(Array.from(shapes, ([name, shape]) => [name, normal(name, shape, seed)]));
}

/**
 * A batch of sequences of the given lengths: ids at random from those that are neither pad nor EOS, EOS at the end of
 * each sequence, pad behind it.
 */
export function referenceBatch(config: ReferenceConfig, lengths: readonly number[], seed = 0): Batch {
  const { vocabularySize, eosId } = config;
  const size = lengths.length;
  const length = Math.max(...lengths);
  const ids = new Int32Array(length * size);
  const mask = new Float32Array(length * size);
  const ordinary = Array.from({ length: vocabularySize }, (_, id) => id).filter((id) => id !== 0 && id !== eosId);
  const draw = random(seed, 'reference batch');
  for (const [b, own] of lengths.entries())
    for (let t = 0; t < own; t++) {
      const position = t * size + b;
      ids[position] = t === own - 1 ? eosId : (ordinary[draw.integer(position, ordinary.length)] ?? eosId);
      mask[position] = 1;
    }
  const tokens = lengths.reduce((a, b) => a + b, 0);
  return { ids, lengths: Int32Array.from(lengths), mask, size, length, tokens };
}

function normal(name: string, shape: readonly number[], seed: number): ReferenceTensor {
  const draw = random(seed, name);
  const count = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float64Array.from({ length: count }, (_, position) => 0.5 * draw.normal(position)) };
}

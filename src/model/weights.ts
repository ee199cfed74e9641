import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import { type Cell, initialWeightName } from '../cells/cell.js';
import { planOf } from '../cells/planOf.js';
import { withZoneout } from '../cells/zoneout.js';
import { random } from '../random.js';
import { tf } from '../tf.js';
import { type ModelConfig, sizesOf, weightShapes } from './ModelConfig.js';
import { mapValues, type Named } from './mapValues.js';
import type { Network, NetworkLayer } from './network/Network.js';

/** The tensor of a name, which the caller knows is there. */
export function tensorOf<T extends Tensor = Tensor2D>(tensors: Readonly<Record<string, Tensor>>, name: string): T {
  const found = tensors[name];
  if (!found) throw new TypeError(`There is no ${name} among ${Object.keys(tensors).join(', ')}`);
  return found as T;
}

/** Named weights as a network: `layers.0.bias` becomes the `bias` of the first layer. */
export function networkOf(cell: Cell, config: ModelConfig, weights: Named<Tensor>): Omit<Network, 'dropout'> {
  const layers = Array.from({ length: config.layers }, (_, layer): NetworkLayer => {
    const sizes = sizesOf(config, layer);
    const of = (name: string): Tensor => tensorOf<Tensor>(weights, `layers.${layer}.${name}`);
    const learned = config.initialState === 'learned' ? cell.state(sizes) : {};
    const zoned = config.zoneout === undefined ? undefined : withZoneout(cell, sizes, config.zoneout);
    return {
      plan: planOf(zoned?.decoding ?? cell, sizes),
      ...(zoned && { training: planOf(zoned.training, sizes) }),
      weights: mapValues(cell.weights(sizes), (_, name) => of(name)),
      initial: mapValues(learned, (_, part) => of(initialWeightName(part))),
    };
  });
  return {
    embedding: tensorOf(weights, 'embedding'),
    layers,
    projection: config.tieWeights ? undefined : tensorOf(weights, 'projection'),
    projectionBias: tensorOf(weights, 'projectionBias'),
  };
}

/** Initial values of every weight of a model, by name, each a function of the seed and its name alone. */
export function initialWeights(cell: Cell, config: ModelConfig, vocabularySize: number): Named<Variable> {
  const { seed, tieWeights, hiddenSize } = config;
  // An equation that cannot be is an error before there are tensors.
  for (let layer = 0; layer < config.layers; layer++) planOf(cell, sizesOf(config, layer));
  const ofLayers = Array.from({ length: config.layers }, (_, layer) => cell.weights(sizesOf(config, layer)));
  const scale = 1 / Math.sqrt(hiddenSize);
  const variables = [...weightShapes(cell, config, vocabularySize)].map(([name, shape]) => {
    const [, layer, own = ''] = /^layers\.(\d+)\.(.*)$/.exec(name) ?? [];
    const initial = ofLayers[Number(layer)]?.[own]?.initial;
    const values =
      initial === undefined
        ? initialValues(name, shape, name === 'embedding' && !tieWeights ? 1 : scale, seed)
        : ofBlocks(shape, typeof initial === 'number' ? [initial] : initial);
    return [name, tf.tidy(() => tf.variable(tf.tensor(values, shape)))];
  });
  return Object.fromEntries(variables);
}

/** A weight whose equally wide blocks of columns hold these numbers. */
function ofBlocks(shape: readonly number[], numbers: readonly number[]): Float32Array {
  const columns = shape.at(-1) ?? 1;
  const width = columns / numbers.length;
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  return values.map((_, position) => numbers[Math.floor((position % columns) / width)] ?? 0);
}

/**
 * Initial values of a weight, a function of seed and name alone: the embedding from the normal distribution with
 * standard deviation `scale`, vectors (biases, initial states) zero, other matrices uniform within ±`scale`.
 */
export function initialValues(name: string, shape: readonly number[], scale: number, seed: number): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (shape.length === 1) return values;
  const { uniform, normal } = random(seed, `weights.${name}`);
  return name === 'embedding'
    ? values.map((_, position) => normal(position) * scale)
    : values.map((_, position) => (2 * uniform(position) - 1) * scale);
}

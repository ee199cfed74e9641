import type * as tf from '@tensorflow/tfjs';
import { random } from '../random.js';

/** The tensor of a name, which the caller knows is there. */
export function tensorOf<T extends tf.Tensor = tf.Tensor2D>(
  tensors: Readonly<Record<string, tf.Tensor>>,
  name: string,
): T {
  const found = tensors[name];
  if (!found) throw new TypeError(`There is no ${name} among ${Object.keys(tensors).join(', ')}`);
  return found as T;
}

/** What one layer has, such as its weights, by the names in the cell: `layers.0.bias` → `bias`. */
export function layerWeights<T = tf.Tensor>(
  weights: Readonly<Record<string, T>>,
  layer: number,
): Readonly<Record<string, T>> {
  const prefix = `layers.${layer}.`;
  const found = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, weight]) => [name.slice(prefix.length), weight]));
}

/** The weight that holds the learned initial value of a part of the state: `memory` → `initialMemory`. */
export function initialWeightName(part: string): string {
  return `initial${part.charAt(0).toUpperCase()}${part.slice(1)}`;
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

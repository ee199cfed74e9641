import * as tf from '@tensorflow/tfjs';
import { tensorOf } from '../weights.js';
import type { Cell } from './Cell.js';

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber and Cummins 2000):
 *
 *     f, i, o = σ(W_{f,i,o}·[h_{t−1}, x_t] + b_{f,i,o})
 *     C_t = f ⊗ C_{t−1} + i ⊗ tanh(W_C·[h_{t−1}, x_t] + b_C)
 *     h_t = o ⊗ tanh(C_t)
 *
 * Blocks of columns: f, i, o, candidate.
 */
export const lstm: Cell = {
  blocks: 4,
  state: ['hidden', 'memory'],
  extraWeights: () => ({}),
  prepare(weights, product) {
    const recurrent = product(tensorOf(weights, 'recurrentWeights'));
    return (projected, state, watch) => {
      const { hidden } = state;
      const memory = tensorOf<tf.Tensor2D>(state, 'memory');
      const size = hidden.shape[1];
      const sums = tf.add<tf.Tensor2D>(projected, recurrent(hidden));
      const [gates, candidate] = tf.split(sums, [3 * size, size], 1) as [tf.Tensor2D, tf.Tensor2D];
      const [f, i, o] = tf.split(tf.sigmoid(gates), 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const g = tf.tanh(candidate);
      const newMemory = tf.add<tf.Tensor2D>(tf.mul(f, memory), tf.mul(i, g));
      const newHidden = tf.mul<tf.Tensor2D>(o, tf.tanh(newMemory));
      watch?.({ forget: f, input: i, output: o, candidate: g, memory: newMemory, hidden: newHidden });
      return { hidden: newHidden, memory: newMemory };
    };
  },
};

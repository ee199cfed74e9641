import * as tf from '@tensorflow/tfjs';
import { tensorOf } from '../weights.js';
import type { Cell } from './Cell.js';

/**
 * The simple recurrent network (Elman, "Finding structure in time", 1990):
 *
 *     h_t = tanh(W·[h_{t−1}, x_t] + b)
 *
 * One block of columns.
 */
export const rnn: Cell = {
  blocks: 1,
  state: ['hidden'],
  extraWeights: () => ({}),
  prepare(weights, product) {
    const recurrent = product(tensorOf(weights, 'recurrentWeights'));
    return (projected, state, watch) => {
      const hidden = tf.tanh<tf.Tensor2D>(tf.add(projected, recurrent(state.hidden)));
      watch?.({ hidden });
      return { hidden };
    };
  },
};

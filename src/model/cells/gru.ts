import * as tf from '@tensorflow/tfjs';
import { tensorOf } from '../weights.js';
import type { Cell, CellWeights, ProductWith, Step } from './Cell.js';

/**
 * The gated recurrent unit (Cho et al., "Learning phrase representations using RNN encoder–decoder", 2014):
 *
 *     z, r = σ(W_{z,r}·[h_{t−1}, x_t])
 *     h_t = (1 − z) ⊗ h_{t−1} + z ⊗ tanh(W·[r ⊗ h_{t−1}, x_t])
 *
 * With `resetAfter` (cuDNN, PyTorch), the candidate is tanh(W_x·x_t + b + r ⊗ (W_h·h_{t−1} + recurrentBias)); PyTorch's
 * z is our 1 − z. Blocks of columns: z, r, candidate.
 */
export const gru: Cell = {
  blocks: 3,
  state: ['hidden'],
  extraWeights: () => ({}),
  prepare: (weights, product) => step(weights, product, false),
};

/** The variant whose reset gate applies after the product. */
export const gruResetAfter: Cell = {
  ...gru,
  extraWeights: ({ bias, hiddenSize }): Readonly<Record<string, number[]>> =>
    bias ? { recurrentBias: [hiddenSize] } : {},
  prepare: (weights, product) => step(weights, product, true),
};

function step(weights: CellWeights, product: ProductWith, resetAfter: boolean): Step {
  const recurrentWeights = tensorOf<tf.Tensor2D>(weights, 'recurrentWeights');
  const size = recurrentWeights.shape[0];
  const [forGates, forCandidate] = tf.split(recurrentWeights, [2 * size, size], 1) as [tf.Tensor2D, tf.Tensor2D];
  const gatesProduct = product(forGates);
  const candidateProduct = product(forCandidate);
  const recurrentBias = weights['recurrentBias'] as tf.Tensor1D | undefined;
  const candidateOfHidden = (hidden: tf.Tensor2D): tf.Tensor2D =>
    recurrentBias ? tf.add(candidateProduct(hidden), recurrentBias) : candidateProduct(hidden);

  return (projected, { hidden }, watch) => {
    const [xGates, xCandidate] = tf.split(projected, [2 * size, size], 1) as [tf.Tensor2D, tf.Tensor2D];
    const gates = tf.sigmoid(tf.add(xGates, gatesProduct(hidden)));
    const [z, r] = tf.split(gates, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    const fromHidden = resetAfter
      ? tf.mul<tf.Tensor2D>(r, candidateOfHidden(hidden))
      : candidateProduct(tf.mul(r, hidden));
    const candidate = tf.tanh(tf.add(xCandidate, fromHidden));
    const newHidden = tf.add<tf.Tensor2D>(hidden, tf.mul(z, tf.sub(candidate, hidden)));
    watch?.({ update: z, reset: r, hidden: newHidden });
    return { hidden: newHidden };
  };
}

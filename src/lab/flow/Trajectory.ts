import type * as tf from '@tensorflow/tfjs';

/** A recurrent state over the time steps of a batch: what it was, and how each followed from the one before. */
export interface Trajectory {
  /** The names of the state's parts, which lie side by side in its columns. */
  readonly parts: readonly string[];
  /** How many columns each of them has. */
  readonly widths: readonly number[];
  /** The number of sequences. */
  readonly size: number;
  /** s_t of every sequence at every time step, `[length·size × columns]`, time-major. */
  readonly states: tf.Tensor2D;
  /** s_t from s_{t−1}, both `[rows × columns]`: row r goes on in sequence `sequences[r]`. Differentiable by `previous`. */
  next(time: number, sequences: Int32Array, previous: tf.Tensor2D): tf.Tensor2D;
  /** Σ −log p, in nats, of the tokens that are predicted from s_t, a row each. Differentiable by `state`. */
  loss(time: number, sequences: Int32Array, state: tf.Tensor2D): tf.Scalar;
}

import type { Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import type { Trajectory } from './Trajectory.js';

/** The states s_t of some sequences, `[rows × columns]`. */
export function statesAt({ states, size }: Trajectory, time: number, sequences: Int32Array): Tensor2D {
  const rows = sequences.map((sequence) => time * size + sequence);
  return tf.tidy(() => tf.gather(states, tf.tensor1d(rows, 'int32')));
}

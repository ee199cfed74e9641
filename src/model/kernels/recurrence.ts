import * as tf from '@tensorflow/tfjs';
import type { Cell, CellState, CellWeights, Gates, GateWatcher } from '../cells/Cell.js';
import { tensorOf } from '../weights.js';
import { recurrentProduct } from './recurrentProduct.js';

/**
 * Runs a cell over a whole sequence with plain operations: the reference for any faster way.
 *
 * `inputs [time·batch × inputSize]`, time-major. Returns the hidden states of all time steps,
 * `[time·batch × hidden]`, time-major. Who watches is shown the gates of the whole sequence. Memory: about 18·blocks·time·batch·hidden numbers by the end of the gradient, for
 * tfjs frees nothing on the way back.
 */
export function recurrence(
  cell: Cell,
  weights: CellWeights,
  inputs: tf.Tensor2D,
  initial: CellState,
  watch?: GateWatcher,
): tf.Tensor2D {
  const batch = initial.hidden.shape[0];
  const time = inputs.shape[0] / batch;
  const projected = projectInputs(weights, inputs);
  const step = cell.prepare(weights, recurrentProduct);
  // tfjs cannot differentiate a split into one.
  const steps = time === 1 ? [projected] : (tf.split(projected, time) as tf.Tensor2D[]);
  let state = initial;
  const gates: Gates[] = [];
  const watchStep = watch && ((step: Gates): void => void gates.push(step));
  const outputs = steps.map((input) => {
    state = step(input, state, watchStep);
    return state.hidden;
  });
  watch?.(ofWholeSequence(gates));
  return tf.concat(outputs);
}

function ofWholeSequence(gates: readonly Gates[]): Gates {
  const names = Object.keys(gates[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, tf.concat(gates.map((step) => tensorOf<tf.Tensor2D>(step, name)))]),
  );
}

/** The part of a cell's sums that does not depend on its state: x·W_x + b, `[rows × blocks·hidden]`. */
export function projectInputs(weights: CellWeights, inputs: tf.Tensor2D): tf.Tensor2D {
  const product: tf.Tensor2D = tf.matMul(inputs, tensorOf<tf.Tensor2D>(weights, 'inputWeights'));
  const bias = weights['bias'];
  return bias ? tf.add(product, bias) : product;
}

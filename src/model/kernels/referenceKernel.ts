import * as tf from '@tensorflow/tfjs';
import type { CellState, CellWeights, Gates, GateWatcher } from '../cells/Cell.js';
import { initialWeightName, layerWeights, tensorOf } from '../weights.js';
import { embeddingLookup } from './embeddingLookup.js';
import { maskedCrossEntropy } from './maskedCrossEntropy.js';
import { recurrence } from './recurrence.js';
import type { Network, SequenceKernel, Sequences } from './SequenceKernel.js';

/** Plain operations, which every backend has, and tfjs's own gradients: what any faster way is measured by. */
export const referenceKernel: SequenceKernel = {
  totalLoss: (network, sequences) =>
    tf.tidy(() =>
      maskedCrossEntropy(
        project(network, hiddenStates(network, sequences)),
        tf.tensor1d(sequences.targets, 'int32'),
        tf.tensor1d(sequences.mask),
      ),
    ),
  gates: (network, sequences) =>
    tf.tidy(() => {
      const layers: Gates[] = [];
      hiddenStates(network, sequences, (gates) => layers.push(gates));
      return layers;
    }),
};

/** What the last layer gives, `[time·batch × hidden]`. Who watches is shown the gates, layer by layer. */
function hiddenStates(
  network: Network,
  { inputs, batch }: Pick<Sequences, 'inputs' | 'batch'>,
  watch?: GateWatcher,
): tf.Tensor2D {
  let values = embeddingLookup(tensorOf(network.weights, 'embedding'), tf.tensor1d(inputs, 'int32'));
  for (let layer = 0; layer < network.layers; layer++) {
    const own = layerWeights(network.weights, layer);
    values = recurrence(network.cell, own, values, initialState(network, own, batch), watch);
    if (network.dropoutMask) values = tf.mul(values, tf.tensor2d(network.dropoutMask(layer), values.shape));
  }
  return values;
}

/** Hidden states `[rows × hidden]` to logits `[rows × vocabulary]`. */
export function project({ weights, tied }: Pick<Network, 'weights' | 'tied'>, hidden: tf.Tensor2D): tf.Tensor2D {
  const matrix = tensorOf<tf.Tensor2D>(weights, tied ? 'embedding' : 'projection');
  return tf.add(tf.matMul(hidden, matrix, false, tied), tensorOf(weights, 'projectionBias'));
}

function initialState({ cell }: Network, weights: CellWeights, batch: number): CellState {
  const shape: [number, number] = [batch, tensorOf<tf.Tensor2D>(weights, 'recurrentWeights').shape[0]];
  const parts = cell.state.map((part) => {
    const learned = weights[initialWeightName(part)];
    return [part, learned ? tf.broadcastTo(learned, shape) : tf.zeros(shape)];
  });
  return Object.fromEntries(parts) as CellState;
}

import * as tf from '@tensorflow/tfjs';
import type { CellState } from '../cells/Cell.js';
import type { StateNumbers } from '../RecurrentState.js';
import { layerWeights, tensorOf } from '../weights.js';
import { embeddingLookup } from './embeddingLookup.js';
import { projectInputs } from './recurrence.js';
import { project } from './referenceKernel.js';
import type { StepKernel } from './StepKernel.js';

/** Plain operations, which every backend has: what any faster way is measured by. */
export const referenceStep: StepKernel = {
  async next(network, states, ids) {
    const step = tf.tidy(() => {
      let input = embeddingLookup(tensorOf(network.weights, 'embedding'), tf.tensor1d(ids, 'int32'));
      const layers = states.map((numbers, layer) => {
        const weights = layerWeights(network.weights, layer);
        const advance = network.cell.prepare(weights, (matrix) => (hidden) => tf.matMul(hidden, matrix));
        const next = advance(projectInputs(weights, input), tensorsOf(numbers, ids.length));
        input = next.hidden;
        return next;
      });
      return { logProbabilities: tf.logSoftmax(project(network, input)), layers };
    });
    try {
      return {
        logProbabilities: await numbersOf(step.logProbabilities),
        layers: await Promise.all(step.layers.map(stateNumbers)),
      };
    } finally {
      tf.dispose([step.logProbabilities, step.layers] as tf.TensorContainer);
    }
  },
};

function tensorsOf(numbers: StateNumbers, rows: number): CellState {
  const parts = Object.entries(numbers).map(([part, values]) => [
    part,
    tf.tensor2d(values, [rows, values.length / rows]),
  ]);
  return Object.fromEntries(parts) as CellState;
}

async function stateNumbers(state: CellState): Promise<StateNumbers> {
  const parts = Object.entries(state).map(async ([part, tensor]) => [part, await numbersOf(tensor)] as const);
  return Object.fromEntries(await Promise.all(parts));
}

async function numbersOf(tensor: tf.Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}

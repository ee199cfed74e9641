import * as tf from '@tensorflow/tfjs';
import type { Gates } from '../cells/Cell.js';
import { initialWeightName, layerWeights, tensorOf } from '../weights.js';
import { NativeLayer } from './NativeLayer.js';
import { type Id, NativeOperations } from './NativeOperations.js';
import type { NativeBackend } from './nativeBinding.js';
import { NATIVE_CELLS } from './nativeCells.js';
import { DenseInput, lookUp, type NativeInput, SegmentsByToken, TableInput, tablePays } from './nativeInputs.js';
import { nativeLoss } from './nativeLoss.js';
import type { Network, SequenceKernel, Sequences } from './SequenceKernel.js';

/**
 * Graphs of whole time steps, and direct calls of TensorFlow's kernels, in the shapes in which they are fastest. To tfjs, the loss is
 * one operation, whose gradients are computed together with it where a gradient is being taken: so nothing waits for a way
 * back that never comes.
 *
 * Peak memory of a training step beyond weights, gradients and slots, in numbers of 4 bytes, for T time steps, B sequences,
 * L layers, hidden size H, embedding size E, vocabulary V, and G blocks of columns (1, 3, 4), at most:
 *
 *     T·B·(H·(k·L + 2) + E) + 3·max(256·V, 2²¹) + 3·H·V + 11·G·H·(H + max(E, H if L > 1)) + (3400 + 40·B)·G·H
 *
 * where k, what a cell keeps of a time step, is 2 for an RNN, 5 for a GRU (6 with `resetAfter`), and 7 for an LSTM. The second
 * term holds logits, the others gradients of weights that are being added up and sixteen time steps.
 */
export function nativeKernel(backend: NativeBackend): SequenceKernel {
  return {
    totalLoss(network, sequences) {
      const withGradients = tf.engine().isTapeOn();
      const [names, tensors] = [Object.keys(network.weights), Object.values(network.weights)];
      const loss = tf.customGrad((...args) => {
        const save = args.at(-1) as unknown as tf.GradSaveFunc;
        const result = NativeOperations.within(backend, (native) =>
          lossAndGradients(native, network, sequences, withGradients),
        );
        save(names.flatMap((name) => result.gradients[name] ?? []));
        return {
          value: tf.scalar(result.loss),
          gradFunc: (dy, saved) => saved.map((gradient) => tf.mul(gradient, dy)),
        };
      });
      return loss(...tensors) as tf.Scalar;
    },
    gates: (network, sequences) =>
      NativeOperations.within(backend, (native) => {
        const { batch, time } = sequences;
        return forward(native, network, sequences, true).layers.map(({ layer }): Gates => {
          const { shape } = tensorOf(layerWeights(network.weights, 0), 'recurrentWeights');
          const gates = Object.entries(layer.gates()).map(([name, id]) => [
            name,
            native.tensor(id, [batch * time, shape[0] as number]),
          ]);
          return Object.fromEntries(gates);
        });
      }),
  };
}

/** A layer, and what its outputs are multiplied by. */
interface Run {
  readonly layer: NativeLayer;
  readonly mask: Id | undefined;
}

/** `embeddingGradient` makes the gradient of the embedding from that of the first layer's input. */
interface Forward {
  readonly layers: readonly Run[];
  readonly hidden: Id;
  embeddingGradient(inputGradient: Id): Id;
}

function forward(
  native: NativeOperations,
  { cell, cellKind, layers: count, weights, dropoutMask }: Network,
  { inputs, batch, time }: Pick<Sequences, 'inputs' | 'batch' | 'time'>,
  keep: boolean,
): Forward {
  const state = new Map(cell.state.map((part) => [part, initialWeightName(part)]));
  const first = firstInput(native, tensorOf(weights, 'embedding'), inputs, batch);
  const layers: Run[] = [];
  let input = first.input;
  let hidden: Id | undefined;
  for (let at = 0; at < count; at++) {
    const own = layerWeights(weights, at);
    const layer = new NativeLayer(native, own, input, {
      cell: NATIVE_CELLS[cellKind],
      cellKind,
      state,
      batch,
      time,
      keep,
    });
    const size = tensorOf<tf.Tensor2D>(own, 'recurrentWeights').shape[0];
    const mask = dropoutMask && native.floats([time * batch, size], dropoutMask(at));
    hidden = mask === undefined ? layer.outputs : native.multiply(layer.outputs, mask);
    input = new DenseInput(native, hidden, batch);
    layers.push({ layer, mask });
  }
  return { layers, hidden: hidden as Id, embeddingGradient: first.embeddingGradient };
}

function firstInput(
  native: NativeOperations,
  embedding: tf.Tensor2D,
  ids: Int32Array,
  batch: number,
): { input: NativeInput } & Pick<Forward, 'embeddingGradient'> {
  const vocabulary = embedding.shape[0];
  const table = native.idOf(embedding);
  if (tablePays(vocabulary, ids.length, batch))
    return {
      input: new TableInput(native, table, ids, batch, vocabulary),
      embeddingGradient: (inputGradient) => inputGradient,
    };
  const time = ids.length / batch;
  return {
    input: new DenseInput(native, lookUp(native, table, ids), batch),
    embeddingGradient: (inputGradient) =>
      new SegmentsByToken(native, ids, batch, vocabulary).sum(inputGradient, 0, time),
  };
}

function lossAndGradients(
  native: NativeOperations,
  network: Network,
  sequences: Sequences,
  withGradients: boolean,
): { loss: number; gradients: Record<string, tf.Tensor> } {
  const { weights, tied } = network;
  const unpadded = { ...sequences, inputs: withoutPadding(sequences) };
  const { layers, hidden, embeddingGradient } = forward(native, network, unpadded, withGradients);
  const embedding = tensorOf<tf.Tensor2D>(weights, 'embedding');
  const projection = {
    matrix: native.idOf(tied ? embedding : tensorOf(weights, 'projection')),
    bias: native.idOf(tensorOf(weights, 'projectionBias')),
    tied,
    vocabulary: embedding.shape[0],
  };
  const { loss, gradients: last } = nativeLoss(native, hidden, projection, sequences, withGradients);
  if (last === undefined) return { loss, gradients: {} };

  const ids: Record<string, Id> = { projectionBias: last.bias };
  let gradient = last.hidden;
  for (const [at, { layer, mask }] of [...layers.entries()].reverse()) {
    const back = layer.backward(mask === undefined ? gradient : native.multiply(gradient, mask));
    for (const [name, id] of Object.entries(back.weights)) ids[`layers.${at}.${name}`] = id;
    gradient = back.input;
  }
  gradient = embeddingGradient(gradient);
  ids['embedding'] = tied ? native.add(gradient, last.matrix) : gradient;
  if (!tied) ids['projection'] = last.matrix;
  const gradients = Object.entries(weights).map(([name, { shape }]) => [name, native.tensor(ids[name] as Id, shape)]);
  return { loss, gradients: Object.fromEntries(gradients) };
}

/**
 * The inputs with 0 where no later target counts: rows are summed by id in groups, and what stands in padding shall not
 * move the rounding of others.
 */
function withoutPadding({ inputs, mask, batch }: Sequences): Int32Array {
  const cleared = inputs.slice();
  for (let sequence = 0; sequence < batch; sequence++)
    for (let at = mask.length - batch + sequence; at >= 0 && mask[at] === 0; at -= batch) cleared[at] = 0;
  return cleared;
}

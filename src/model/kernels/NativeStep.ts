import type * as tf from '@tensorflow/tfjs';
import type { StateNumbers } from '../RecurrentState.js';
import { layerWeights, tensorOf } from '../weights.js';
import type { GraphBuilder, Node } from './graph/GraphBuilder.js';
import type { Groups } from './graph/LoadedGraph.js';
import { mapValues } from './mapValues.js';
import type { Nodes } from './NativeCell.js';
import { type Id, type Ids, NativeOperations } from './NativeOperations.js';
import type { NativeBackend } from './nativeBinding.js';
import { NATIVE_CELLS } from './nativeCells.js';
import type { Network } from './SequenceKernel.js';
import type { StepKernel, StepNumbers } from './StepKernel.js';

/** What time steps want of the weights, for as long as they do not change. */
interface HeldWeights {
  /** Their ids: a weight that was assigned to, or that another backend had meanwhile, has another one. */
  readonly madeOf: readonly Id[];
  /** The embedding's numbers. To copy a few rows of them costs less here than a call of a kernel. */
  readonly embedding: Float32Array;
  /** By group and name as in the graph. */
  readonly inGraph: Groups<Id>;
  /** Owns what was made of them. */
  readonly native: NativeOperations;
}

/**
 * One time step of a language model in one call of TensorFlow. For a few hypotheses, plain operations cost far more in calls than
 * in arithmetic: `npm run bench:decode` shows the gain.
 */
export class NativeStep implements StepKernel {
  readonly #backend: NativeBackend;
  #held: HeldWeights | undefined;

  constructor(backend: NativeBackend) {
    this.#backend = backend;
  }

  /** Whether it computes with this backend. */
  isOf(backend: NativeBackend): boolean {
    return this.#backend === backend;
  }

  next(network: Network, states: readonly StateNumbers[], ids: Int32Array): StepNumbers {
    const { embedding, inGraph } = this.#hold(network);
    return NativeOperations.within(this.#backend, (native) => {
      const rows = (values: Float32Array): Id => native.floats([ids.length, values.length / ids.length], values);
      const inputs: Record<string, Ids> = { ...inGraph, rows: { embedded: rows(rowsOf(embedding, ids, network)) } };
      for (const [layer, parts] of states.entries())
        inputs[`state${layer}`] = mapValues(parts, (values) => rows(values));
      const outputs: Groups<Id> = native.run(nameOf(network), inputs, (graph, nodes) => step(graph, network, nodes));
      const numbers = (group: string): StateNumbers => mapValues(outputs[group] ?? {}, (id) => native.numbers(id));
      return {
        logProbabilities: numbers('rows')['logProbabilities'] ?? new Float32Array(),
        layers: states.map((_, layer) => numbers(`state${layer}`)),
      };
    });
  }

  /** Frees what it holds. */
  dispose(): void {
    this.#held?.native.close();
    this.#held = undefined;
  }

  #hold({ cellKind, layers, weights, tied }: Network): HeldWeights {
    const madeOf = this.#backend.getInputTensorIds(Object.values(weights));
    if (this.#held?.madeOf.every((id, place) => id === madeOf[place])) return this.#held;
    this.dispose();
    const native = new NativeOperations(this.#backend);
    const idOf = (name: string): Id => native.idOf(tensorOf<tf.Tensor>(weights, name));
    const inGraph: Record<string, Ids> = {
      projection: { matrix: idOf(tied ? 'embedding' : 'projection'), bias: idOf('projectionBias') },
    };
    for (let layer = 0; layer < layers; layer++) {
      const { inputWeights, bias, recurrentWeights, recurrentBias } = mapValues(
        layerWeights(weights, layer),
        (weight) => native.idOf(weight),
      );
      inGraph[`input${layer}`] = { weights: inputWeights as Id, ...(bias === undefined ? {} : { bias }) };
      inGraph[`weights${layer}`] = NATIVE_CELLS[cellKind].weights(native, {
        recurrentWeights: recurrentWeights as Id,
        recurrentBias,
        hiddenSize: tensorOf(weights, `layers.${layer}.recurrentWeights`).shape[0],
      });
    }
    const embedding = tensorOf(weights, 'embedding').dataSync() as Float32Array;
    this.#held = { madeOf, embedding, inGraph, native };
    return this.#held;
  }
}

function nameOf({ cellKind, layers, tied, weights }: Network): string {
  const bias = 'layers.0.bias' in weights;
  return `${cellKind}, ${layers} layers${bias ? ', biases' : ''}${tied ? ', tied' : ''}, one time step`;
}

function rowsOf(embedding: Float32Array, ids: Int32Array, { weights }: Network): Float32Array {
  const [, size] = tensorOf<tf.Tensor2D>(weights, 'embedding').shape;
  const rows = new Float32Array(ids.length * size);
  for (const [place, id] of ids.entries()) rows.set(embedding.subarray(id * size, (id + 1) * size), place * size);
  return rows;
}

/** Embedded tokens to log-probabilities, through all layers. */
function step(graph: GraphBuilder, { cellKind, layers, tied }: Network, nodes: Groups<Node>): Groups<Node> {
  const group = (name: string): Nodes => nodes[name] ?? {};
  const affine = (x: Node, { weights, bias }: Nodes): Node => {
    const product = graph.product(x, weights as Node);
    return bias === undefined ? product : graph.addToRows(product, bias);
  };
  const states: Record<string, Nodes> = {};
  let x = group('rows')['embedded'] as Node;
  for (let layer = 0; layer < layers; layer++) {
    const before = group(`state${layer}`);
    const after = NATIVE_CELLS[cellKind].forward(
      graph,
      affine(x, group(`input${layer}`)),
      before,
      group(`weights${layer}`),
    );
    states[`state${layer}`] = Object.fromEntries(Object.keys(before).map((part) => [part, after[part] as Node]));
    x = after['hidden'] as Node;
  }
  const { matrix, bias } = group('projection') as Nodes<'matrix' | 'bias'>;
  const product = tied ? graph.productWithTransposed(x, matrix) : graph.product(x, matrix);
  return { rows: { logProbabilities: graph.logSoftmax(graph.addToRows(product, bias)) }, ...states };
}

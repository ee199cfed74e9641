import type * as tf from '@tensorflow/tfjs';
import { mapValues } from '../mapValues.js';
import type { StateNumbers } from '../RecurrentState.js';
import { layerWeights, tensorOf } from '../weights.js';
import type { GraphBuilder, Node } from './graph/GraphBuilder.js';
import type { Groups } from './graph/LoadedGraph.js';
import type { Nodes } from './NativeCell.js';
import { type Id, type Ids, NativeOperations } from './NativeOperations.js';
import type { NativeBackend } from './nativeBinding.js';
import { NATIVE_CELLS } from './nativeCells.js';
import type { Network } from './SequenceKernel.js';
import type { StepKernel, StepNumbers } from './StepKernel.js';

/** Weights as the graph takes them; those of layers are called `layers.0.…`. */
interface GraphWeights extends Groups<Id> {
  /** `weights` and, where there is one, `bias`: x·W_x + b. */
  readonly input: Ids;
  /** What the cell's equations want. */
  readonly cell: Ids;
  readonly projection: Ids<'matrix' | 'bias'>;
}

/** What time steps want of the weights, for as long as they do not change. */
interface HeldWeights {
  /** Their ids: a weight that was assigned to, or that another backend had meanwhile, has another one. */
  readonly madeOf: readonly Id[];
  /** The graph's name. */
  readonly name: string;
  /** The embedding's numbers. To copy a few rows of them costs less here than a call of a kernel. */
  readonly embedding: Float32Array;
  readonly inGraph: GraphWeights;
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
    const { name, embedding, inGraph } = this.#hold(network);
    return NativeOperations.within(this.#backend, (native) => {
      const rows = (values: Float32Array): Id => native.floats([ids.length, values.length / ids.length], values);
      const embedded = rows(rowsOf(embedding, ids, tensorOf<tf.Tensor2D>(network.weights, 'embedding').shape[1]));
      const state: Record<string, Id> = {};
      for (const [layer, parts] of states.entries())
        for (const [part, values] of Object.entries(parts)) state[`layers.${layer}.${part}`] = rows(values);
      const inputs = { ...inGraph, rows: { embedded }, state };
      const after = native.run(name, inputs, (graph, nodes) => step(graph, network, nodes));
      return {
        logProbabilities: native.numbers(after.rows.logProbabilities),
        layers: states.map((parts, layer) =>
          mapValues(parts, (_, part) => native.numbers(after.state[`layers.${layer}.${part}`] as Id)),
        ),
      };
    });
  }

  /** Frees what it holds. */
  dispose(): void {
    this.#held?.native.close();
    this.#held = undefined;
  }

  #hold(network: Network): HeldWeights {
    const { weights } = network;
    const madeOf = this.#backend.getInputTensorIds(Object.values(weights));
    if (this.#held?.madeOf.every((id, place) => id === madeOf[place])) return this.#held;
    this.dispose();
    const native = new NativeOperations(this.#backend);
    try {
      const inGraph = graphWeights(native, network);
      const embedding = tensorOf(weights, 'embedding').dataSync() as Float32Array;
      this.#held = { madeOf, name: nameOf(network), embedding, inGraph, native };
      return this.#held;
    } catch (error) {
      native.close();
      throw error;
    }
  }
}

function graphWeights(native: NativeOperations, { cellKind, layers, weights, tied }: Network): GraphWeights {
  const idOf = (name: string): Id => native.idOf(tensorOf<tf.Tensor>(weights, name));
  const input: Record<string, Id> = {};
  const cell: Record<string, Id> = {};
  for (let layer = 0; layer < layers; layer++) {
    const own = mapValues(layerWeights(weights, layer), (weight) => native.idOf(weight));
    const { inputWeights, bias, recurrentWeights, recurrentBias } = own as Ids<'inputWeights' | 'recurrentWeights'> &
      Partial<Ids<'bias' | 'recurrentBias'>>;
    const [hiddenSize] = tensorOf<tf.Tensor2D>(weights, `layers.${layer}.recurrentWeights`).shape;
    Object.assign(
      input,
      ofLayer(layer, bias === undefined ? { weights: inputWeights } : { weights: inputWeights, bias }),
    );
    const made = NATIVE_CELLS[cellKind].weights(native, { recurrentWeights, recurrentBias, hiddenSize });
    Object.assign(cell, ofLayer(layer, made));
  }
  const projection = { matrix: idOf(tied ? 'embedding' : 'projection'), bias: idOf('projectionBias') };
  return { input, cell, projection };
}

function nameOf({ cellKind, layers, tied, weights }: Network): string {
  const bias = 'layers.0.bias' in weights;
  return `${cellKind}, ${layers} layers${bias ? ', biases' : ''}${tied ? ', tied' : ''}, one time step`;
}

function rowsOf(embedding: Float32Array, ids: Int32Array, size: number): Float32Array {
  const rows = new Float32Array(ids.length * size);
  for (const [place, id] of ids.entries()) rows.set(embedding.subarray(id * size, (id + 1) * size), place * size);
  return rows;
}

/** Embedded tokens to log-probabilities, through all layers. */
function step(
  graph: GraphBuilder,
  { cellKind, layers, tied }: Network,
  { rows, state, input, cell, projection }: StepNodes,
): { rows: Nodes<'logProbabilities'>; state: Nodes } {
  const after: Record<string, Node> = {};
  let x = rows.embedded;
  for (let layer = 0; layer < layers; layer++) {
    const { weights, bias } = layerWeights<Node>(input, layer) as Nodes<'weights'> & Partial<Nodes<'bias'>>;
    const product = graph.product(x, weights);
    const projected = bias === undefined ? product : graph.addToRows(product, bias);
    const before = layerWeights<Node>(state, layer);
    const kept = NATIVE_CELLS[cellKind].forward(graph, projected, before, layerWeights<Node>(cell, layer));
    Object.assign(
      after,
      ofLayer(
        layer,
        mapValues(before, (_, part) => kept[part] as Node),
      ),
    );
    x = kept['hidden'] as Node;
  }
  const { matrix, bias } = projection;
  const product = tied ? graph.productWithTransposed(x, matrix) : graph.product(x, matrix);
  return { rows: { logProbabilities: graph.logSoftmax(graph.addToRows(product, bias)) }, state: after };
}

interface StepNodes {
  readonly rows: Nodes<'embedded'>;
  readonly state: Nodes;
  readonly input: Nodes;
  readonly cell: Nodes;
  readonly projection: Nodes<'matrix' | 'bias'>;
}

/** What a layer has under the names that `layerWeights` finds it by. */
function ofLayer<T>(layer: number, values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`layers.${layer}.${name}`, value]));
}

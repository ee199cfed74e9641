import type * as tf from '@tensorflow/tfjs';
import { type Computation, type Groups, mapGroups } from '../../graph/Groups.js';
import { LoadedGraph } from '../../graph/run/tensorflow/LoadedGraph.js';
import type { Attribute, NativeBackend } from '../../graph/run/tensorflow/nativeBinding.js';
import { countingSort } from './countingSort.js';
import type { Engine } from './Engine.js';

/** The binding's name of a tensor. */
export type Id = number;

const attributes = new WeakMap<NativeBackend, ReturnType<typeof attributesOf>>();

/** By owner and name. */
const graphs = new WeakMap<object, Map<string, LoadedGraph>>();

/** Runs of TensorFlow's graphs, and direct calls of its kernels where sizes are known only now. */
export class NativeEngine implements Engine<Id> {
  readonly #backend: NativeBackend;
  readonly #attributes: ReturnType<typeof attributesOf>;
  readonly #owned = new Set<Id>();
  readonly #axes = new Map<number, Id>();

  /** Whoever makes it closes it. */
  constructor(backend: NativeBackend) {
    this.#backend = backend;
    this.#attributes = attributes.get(backend) ?? attributesOf(backend);
    attributes.set(backend, this.#attributes);
  }

  valueOf(tensor: tf.Tensor): Id {
    return this.#backend.getInputTensorIds([tensor])[0] as Id;
  }

  tensor<Tensor extends tf.Tensor>(id: Id, shape: readonly number[]): Tensor {
    const output = { id, shape: [...shape], dtype: this.#backend.binding.TF_FLOAT };
    const tensor = this.#backend.createOutputTensor(output) as Tensor;
    this.#owned.delete(id);
    return tensor;
  }

  floats(shape: readonly number[], values: Float32Array): Id {
    const { binding } = this.#backend;
    return this.#own(binding.createTensor([...shape], binding.TF_FLOAT, values));
  }

  zeros(shape: readonly number[]): Id {
    return this.floats(shape, new Float32Array(shape.reduce((product, size) => product * size, 1)));
  }

  numbers(id: Id): Float32Array {
    return this.#backend.binding.tensorDataSync(id);
  }

  free(...ids: readonly Id[]): void {
    for (const id of ids) if (this.#owned.delete(id)) this.#backend.binding.deleteTensor(id);
  }

  close(): void {
    this.free(...this.#owned);
    this.#axes.clear();
  }

  run<Given extends string, Gives extends string>(
    owner: object,
    name: string,
    given: Groups<Id, Given>,
    compute: Computation<Given, Gives>,
  ): Groups<Id, Gives> {
    const { binding } = this.#backend;
    const known = graphs.get(owner) ?? new Map<string, LoadedGraph>();
    graphs.set(owner, known);
    const graph = known.get(name) ?? new LoadedGraph(name, binding, given, compute);
    known.set(name, graph);
    return mapGroups(graph.run(binding, given), ({ id }) => this.#own(id));
  }

  multiply(a: Id, b: Id): Id {
    return this.#one('Mul', this.#attributes.float, [a, b]);
  }

  sum(values: readonly Id[]): Id {
    return this.#one('AddN', [...this.#attributes.float, this.#attributes.count('N', values.length)], values);
  }

  sumOfRows(rows: Id): Id {
    return this.#one('BiasAddGrad', this.#attributes.float, [rows]);
  }

  /** Where memory is aligned, a view. */
  rows(matrix: Id, from: number, count: number): Id {
    const begin = this.#integers([2], [from, 0]);
    const size = this.#integers([2], [count, -1]);
    const rows = this.#one('Slice', this.#attributes.slice, [matrix, begin, size]);
    this.free(begin, size);
    return rows;
  }

  joinRows(parts: readonly Id[]): Id {
    // ConcatV2 wants at least two.
    if (parts.length === 1) return this.#one('Identity', this.#attributes.float, parts);
    const attributes = [...this.#attributes.join, this.#attributes.count('N', parts.length)];
    return this.#one('ConcatV2', attributes, [...parts, this.#axis(0)]);
  }

  gather(table: Id, places: Int32Array): Id {
    const at = this.#integers([places.length], places);
    const rows = this.#one('GatherV2', this.#attributes.gather, [table, at, this.#axis(0)]);
    this.free(at);
    return rows;
  }

  sumByIds(rows: Id, ids: Int32Array, count: number): Id {
    const { order, sorted } = countingSort(ids, count);
    const [places, segments] = [this.#integers([ids.length], order), this.#integers([ids.length], sorted)];
    const all = this.#integers([], [count]);
    const sums = this.#one('SparseSegmentSumWithNumSegments', this.#attributes.segments, [rows, places, segments, all]);
    this.free(places, segments, all);
    return sums;
  }

  /** Σ x²/2 over all numbers, a scalar. */
  halfSquaredNorm(values: Id): Id {
    return this.#one('L2Loss', this.#attributes.float, [values]);
  }

  #integers(shape: readonly number[], values: ArrayLike<number>): Id {
    const { binding } = this.#backend;
    const array = values instanceof Int32Array ? values : Int32Array.from(values);
    return this.#own(binding.createTensor([...shape], binding.TF_INT32, array));
  }

  #axis(axis: number): Id {
    const known = this.#axes.get(axis) ?? this.#integers([], [axis]);
    this.#axes.set(axis, known);
    return known;
  }

  /** Calls a kernel: inputs stay whose they were, the output is the caller's. */
  #one(name: string, attributes: readonly Attribute[], inputs: readonly Id[]): Id {
    const [output] = this.#backend.binding.executeOp(name, attributes, inputs, 1);
    return this.#own((output as NonNullable<typeof output>).id);
  }

  #own(id: Id): Id {
    this.#owned.add(id);
    return id;
  }
}

function attributesOf({ binding }: NativeBackend) {
  const type = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const count = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_INT, value });
  const { TF_FLOAT, TF_INT32 } = binding;
  const float = [type('T', TF_FLOAT)];
  const indices = type('Tindices', TF_INT32);
  return {
    count,
    float,
    gather: [type('Tparams', TF_FLOAT), indices, type('Taxis', TF_INT32), count('batch_dims', 0)],
    segments: [...float, type('Tidx', TF_INT32), type('Tnumsegments', TF_INT32), type('Tsegmentids', TF_INT32)],
    slice: [...float, type('Index', TF_INT32)],
    join: [...float, type('Tidx', TF_INT32)],
  };
}

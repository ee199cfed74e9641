import type * as tf from '@tensorflow/tfjs';
import type { GraphBuilder, Node } from './graph/GraphBuilder.js';
import { type Groups, type Like, LoadedGraph } from './graph/LoadedGraph.js';
import type { Attribute, NativeBackend } from './nativeBinding.js';

/** The binding's name of a tensor. */
export type Id = number;

/** Tensors by name. */
export type Ids<Name extends string = string> = Readonly<Record<Name, Id>>;

const attributes = new WeakMap<NativeBackend, ReturnType<typeof attributesOf>>();

/** By their names. A thread has one binding. */
const graphs = new Map<string, LoadedGraph>();

/**
 * Direct calls of TensorFlow's kernels, runs of graphs, and every tensor they made: whoever is done with one frees it, and what is left when
 * the work ends, or fails, is freed by `within`.
 */
export class NativeOperations {
  readonly #backend: NativeBackend;
  readonly #attributes: ReturnType<typeof attributesOf>;
  readonly #owned = new Set<Id>();
  readonly #axes = new Map<number, Id>();

  /** Whoever makes it, and not `within`, closes it. */
  constructor(backend: NativeBackend) {
    this.#backend = backend;
    this.#attributes = attributes.get(backend) ?? attributesOf(backend);
    attributes.set(backend, this.#attributes);
  }

  /** Gives operations to an action. Of what they make, only tensors that were handed over by `tensor` outlive it. */
  static within<T>(backend: NativeBackend, action: (native: NativeOperations) => T): T {
    const native = new NativeOperations(backend);
    try {
      return action(native);
    } finally {
      native.close();
    }
  }

  /** Frees all that it made and that was not handed over. */
  close(): void {
    this.free(...this.#owned);
    this.#axes.clear();
  }

  /** The id of an engine's tensor, which stays the engine's. */
  idOf(tensor: tf.Tensor): Id {
    return this.#backend.getInputTensorIds([tensor])[0] as Id;
  }

  /** Hands a tensor over to the engine. */
  tensor<T extends tf.Tensor>(id: Id, shape: readonly number[]): T {
    this.#owned.delete(id);
    return this.#backend.createOutputTensor({ id, shape: [...shape], dtype: this.#backend.binding.TF_FLOAT }) as T;
  }

  free(...ids: readonly Id[]): void {
    for (const id of ids) if (this.#owned.delete(id)) this.#backend.binding.deleteTensor(id);
  }

  floats(shape: readonly number[], values: Float32Array): Id {
    const { binding } = this.#backend;
    return this.#own(binding.createTensor([...shape], binding.TF_FLOAT, values));
  }

  integers(shape: readonly number[], values: ArrayLike<number>): Id {
    const { binding } = this.#backend;
    const array = values instanceof Int32Array ? values : Int32Array.from(values);
    return this.#own(binding.createTensor([...shape], binding.TF_INT32, array));
  }

  zeros(shape: readonly number[]): Id {
    return this.floats(shape, new Float32Array(shape.reduce((product, size) => product * size, 1)));
  }

  /** The numbers of a tensor. */
  numbers(id: Id): Float32Array {
    return this.#backend.binding.tensorDataSync(id);
  }

  /** Calls a kernel: inputs stay whose they were, the outputs are the caller's. */
  call(name: string, attributes: readonly Attribute[], inputs: readonly Id[], outputs: number): Id[] {
    return this.#backend.binding.executeOp(name, attributes, inputs, outputs).map(({ id }) => this.#own(id));
  }

  /** Runs the graph of a name, which is built the first time: inputs stay whose they were, the outputs are the caller's. */
  run<Inputs extends Groups<Id>, Outputs extends Groups<Node>>(
    name: string,
    inputs: Inputs,
    build: (graph: GraphBuilder, inputs: Like<Inputs, Node>) => Outputs,
  ): Like<Outputs, Id> {
    const { binding } = this.#backend;
    const buildAny = build as (graph: GraphBuilder, inputs: Groups<Node>) => Outputs;
    const graph = graphs.get(name) ?? new LoadedGraph(name, binding, inputs, buildAny);
    graphs.set(name, graph);
    const outputs = Object.entries(graph.run(binding, inputs)).map(([group, tensors]) => {
      const ids = Object.entries(tensors).map(([name, { id }]) => [name, this.#own(id)]);
      return [group, Object.fromEntries(ids)];
    });
    return Object.fromEntries(outputs) as Like<Outputs, Id>;
  }

  /** a·b, of matrices. */
  product(a: Id, b: Id): Id {
    return this.#one('MatMul', this.#attributes.product, [a, b]);
  }

  /** aᵀ·b */
  productOfTransposed(a: Id, b: Id): Id {
    return this.#one('MatMul', this.#attributes.productOfTransposed, [a, b]);
  }

  /** a·bᵀ */
  productWithTransposed(a: Id, b: Id): Id {
    return this.#one('MatMul', this.#attributes.productWithTransposed, [a, b]);
  }

  transpose(matrix: Id): Id {
    const swapped = this.integers([2], [1, 0]);
    const transposed = this.#one('Transpose', this.#attributes.transpose, [matrix, swapped]);
    this.free(swapped);
    return transposed;
  }

  add(a: Id, b: Id): Id {
    return this.#one('AddV2', this.#attributes.float, [a, b]);
  }

  multiply(a: Id, b: Id): Id {
    return this.#one('Mul', this.#attributes.float, [a, b]);
  }

  /** Adds a vector to every row. */
  addToRows(rows: Id, vector: Id): Id {
    return this.#one('BiasAdd', this.#attributes.float, [rows, vector]);
  }

  /** The sum of all rows, `[columns]`. */
  sumOfRows(rows: Id): Id {
    return this.#one('BiasAddGrad', this.#attributes.float, [rows]);
  }

  /** The sum of tensors of one shape. */
  sum(terms: readonly Id[]): Id {
    return this.#one('AddN', [...this.#attributes.float, this.#attributes.count('N', terms.length)], terms);
  }

  /** Rows of a table, by their places. */
  gather(table: Id, places: Id): Id {
    return this.#one('GatherV2', this.#attributes.gather, [table, places, this.#axis(0)]);
  }

  /** Sums of the rows `rows[order[k]]` by `segments[k]`, which ascend: `[count × columns]`. */
  sumBySegment(rows: Id, order: Id, segments: Id, count: Id): Id {
    return this.#one('SparseSegmentSumWithNumSegments', this.#attributes.segments, [rows, order, segments, count]);
  }

  /** Σ x²/2 over all numbers, a scalar. */
  halfSquaredNorm(values: Id): Id {
    return this.#one('L2Loss', this.#attributes.float, [values]);
  }

  /** `count` equal blocks of columns. */
  splitColumns(columns: Id, count: number): Id[] {
    const attributes = [...this.#attributes.float, this.#attributes.count('num_split', count)];
    return this.call('Split', attributes, [this.#axis(1), columns], count);
  }

  joinRows(parts: readonly Id[]): Id {
    return this.#join(parts, 0);
  }

  joinColumns(parts: readonly Id[]): Id {
    return this.#join(parts, 1);
  }

  /** `count` rows of a matrix from row `from` on: where memory is aligned, a view. */
  rows(matrix: Id, from: number, count: number): Id {
    const begin = this.integers([2], [from, 0]);
    const size = this.integers([2], [count, -1]);
    const rows = this.#one('Slice', this.#attributes.slice, [matrix, begin, size]);
    this.free(begin, size);
    return rows;
  }

  #join(parts: readonly Id[], axis: number): Id {
    // ConcatV2 wants at least two.
    if (parts.length === 1) return this.#one('Identity', this.#attributes.float, parts);
    const attributes = [...this.#attributes.join, this.#attributes.count('N', parts.length)];
    return this.#one('ConcatV2', attributes, [...parts, this.#axis(axis)]);
  }

  #axis(axis: number): Id {
    const known = this.#axes.get(axis) ?? this.integers([], [axis]);
    this.#axes.set(axis, known);
    return known;
  }

  #one(name: string, attributes: readonly Attribute[], inputs: readonly Id[]): Id {
    return this.call(name, attributes, inputs, 1)[0] as Id;
  }

  #own(id: Id): Id {
    this.#owned.add(id);
    return id;
  }
}

function attributesOf({ binding }: NativeBackend) {
  const type = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const flag = (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const count = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_INT, value });
  const { TF_FLOAT, TF_INT32 } = binding;
  const float = [type('T', TF_FLOAT)];
  const indices = type('Tindices', TF_INT32);
  const product = (a: boolean, b: boolean): Attribute[] => [...float, flag('transpose_a', a), flag('transpose_b', b)];
  return {
    count,
    float,
    product: product(false, false),
    productOfTransposed: product(true, false),
    productWithTransposed: product(false, true),
    transpose: [...float, type('Tperm', TF_INT32)],
    gather: [type('Tparams', TF_FLOAT), indices, type('Taxis', TF_INT32), count('batch_dims', 0)],
    segments: [...float, type('Tidx', TF_INT32), type('Tnumsegments', TF_INT32), type('Tsegmentids', TF_INT32)],
    slice: [...float, type('Index', TF_INT32)],
    join: [...float, type('Tidx', TF_INT32)],
  };
}

import type * as tf from '@tensorflow/tfjs';
import type { Attribute, NativeBackend } from './nativeBinding.js';

/** The binding's name of a tensor. */
export type Id = number;

/**
 * Direct calls of TensorFlow's kernels, and every tensor they made: whoever is done with one frees it, and what is left when
 * the work ends, or fails, is freed by `within`.
 */
export class NativeOperations {
  readonly #backend: NativeBackend;
  readonly #attributes: ReturnType<typeof attributesOf>;
  readonly #owned = new Set<Id>();
  readonly #firstAxis: Id;
  readonly #lastAxis: Id;
  readonly #swapped: Id;

  private constructor(backend: NativeBackend) {
    this.#backend = backend;
    this.#attributes = attributesOf(backend);
    this.#firstAxis = this.integers([], [0]);
    this.#lastAxis = this.integers([], [-1]);
    this.#swapped = this.integers([2], [1, 0]);
  }

  /** Gives operations to an action. Of what they make, only tensors that were handed over by `tensor` outlive it. */
  static within<T>(backend: NativeBackend, action: (native: NativeOperations) => T): T {
    const native = new NativeOperations(backend);
    try {
      return action(native);
    } finally {
      native.free(...native.#owned);
    }
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
    return this.#one('Transpose', this.#attributes.transpose, [matrix, this.#swapped]);
  }

  add(a: Id, b: Id): Id {
    return this.#one('AddV2', this.#attributes.float, [a, b]);
  }

  subtract(a: Id, b: Id): Id {
    return this.#one('Sub', this.#attributes.float, [a, b]);
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

  sigmoid(a: Id): Id {
    return this.#one('Sigmoid', this.#attributes.float, [a]);
  }

  /** The gradient of a sigmoid's input, from the sigmoid and its gradient. */
  sigmoidGradient(sigmoid: Id, gradient: Id): Id {
    return this.#one('SigmoidGrad', this.#attributes.float, [sigmoid, gradient]);
  }

  tanh(a: Id): Id {
    return this.#one('Tanh', this.#attributes.float, [a]);
  }

  /** The gradient of a hyperbolic tangent's input, from the tangent and its gradient. */
  tanhGradient(tanh: Id, gradient: Id): Id {
    return this.#one('TanhGrad', this.#attributes.float, [tanh, gradient]);
  }

  exp(a: Id): Id {
    return this.#one('Exp', this.#attributes.float, [a]);
  }

  logSoftmax(rows: Id): Id {
    return this.#one('LogSoftmax', this.#attributes.float, [rows]);
  }

  /** Rows of a table, by their places. */
  gather(table: Id, places: Id): Id {
    return this.#one('GatherV2', this.#attributes.gather, [table, places, this.#firstAxis]);
  }

  /** Single numbers, by their places `[count × dimensions]`. */
  pick(values: Id, places: Id): Id {
    return this.#one('GatherNd', this.#attributes.pick, [values, places]);
  }

  /** A copy of `values` with numbers subtracted at places `[count × dimensions]`. */
  subtractAt(values: Id, places: Id, subtrahends: Id): Id {
    return this.#one('TensorScatterSub', this.#attributes.place, [values, places, subtrahends]);
  }

  /** Sums of the rows `rows[order[k]]` by `segments[k]`, which ascend: `[count × columns]`. */
  sumBySegment(rows: Id, order: Id, segments: Id, count: Id): Id {
    return this.#one('SparseSegmentSumWithNumSegments', this.#attributes.segments, [rows, order, segments, count]);
  }

  /** A variable of TensorFlow's own, for kernels that change their inputs; of a name there is one. It shares the value. */
  variable(name: string, value: Id): Id {
    const variable = this.#one('VarHandleOp', this.#attributes.variable(name), []);
    this.call('AssignVariableOp', this.#attributes.ofVariable, [variable, value], 0);
    return variable;
  }

  /** What a variable holds. */
  valueOf(variable: Id): Id {
    return this.#one('ReadVariableOp', this.#attributes.ofVariable, [variable]);
  }

  /** Frees what a variable holds. */
  destroyVariable(variable: Id): void {
    this.call('DestroyResourceOp', this.#attributes.destroy, [variable], 0);
  }

  /** TensorFlow's `ResourceApplyAdam`: three variables, six numbers, the gradient. */
  applyAdam(inputs: readonly Id[]): void {
    this.call('ResourceApplyAdam', this.#attributes.adam, inputs, 0);
  }

  /** TensorFlow's `BlockLSTM`, without peepholes: its inputs but for the first, its seven outputs. */
  blockLstm(time: number, inputs: readonly Id[]): Id[] {
    const steps = this.integers([], [time]);
    const steps64 = this.#one('Cast', this.#attributes.toInteger64, [steps]);
    const outputs = this.call('BlockLSTM', this.#attributes.blockLstm, [steps64, ...inputs], 7);
    this.free(steps, steps64);
    return outputs;
  }

  /** TensorFlow's `LSTMBlockCellGrad`, without peepholes: its sixteen inputs, its five outputs. */
  lstmCellGradient(inputs: readonly Id[]): Id[] {
    return this.call('LSTMBlockCellGrad', this.#attributes.lstmCellGradient, inputs, 5);
  }

  /** `count` equal runs of rows. Where memory is aligned, they are views and cost no copies. */
  splitRows(rows: Id, count: number): Id[] {
    const attributes = [...this.#attributes.float, this.#attributes.count('num_split', count)];
    return this.call('Split', attributes, [this.#firstAxis, rows], count);
  }

  /** `count` equal blocks of columns. */
  splitColumns(columns: Id, count: number): Id[] {
    const attributes = [...this.#attributes.float, this.#attributes.count('num_split', count)];
    return this.call('Split', attributes, [this.#lastAxis, columns], count);
  }

  joinRows(parts: readonly Id[]): Id {
    return this.#join(parts, this.#firstAxis);
  }

  joinColumns(parts: readonly Id[]): Id {
    return this.#join(parts, this.#lastAxis);
  }

  /** The same numbers in another shape. */
  reshape(values: Id, shape: readonly number[]): Id {
    const sizes = this.integers([shape.length], shape);
    const reshaped = this.#one('Reshape', this.#attributes.reshape, [values, sizes]);
    this.free(sizes);
    return reshaped;
  }

  /** `count` rows of a matrix from row `from` on: where memory is aligned, a view. */
  rows(matrix: Id, from: number, count: number): Id {
    const begin = this.integers([2], [from, 0]);
    const size = this.integers([2], [count, -1]);
    const rows = this.#one('Slice', this.#attributes.slice, [matrix, begin, size]);
    this.free(begin, size);
    return rows;
  }

  #join(parts: readonly Id[], axis: Id): Id {
    // ConcatV2 wants at least two.
    if (parts.length === 1) return this.#one('Identity', this.#attributes.float, parts);
    const attributes = [...this.#attributes.join, this.#attributes.count('N', parts.length)];
    return this.#one('ConcatV2', attributes, [...parts, axis]);
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
  const number = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_FLOAT, value });
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
    pick: [type('Tparams', TF_FLOAT), indices],
    place: [...float, indices],
    segments: [...float, type('Tidx', TF_INT32), type('Tnumsegments', TF_INT32), type('Tsegmentids', TF_INT32)],
    variable: (name: string): Attribute[] => [
      type('dtype', TF_FLOAT),
      // Of any shape: TensorFlow checks it in graphs only.
      { name: 'shape', type: binding.TF_ATTR_SHAPE, value: [] },
      { name: 'shared_name', type: binding.TF_ATTR_STRING, value: `babblebrook.${name}` },
    ],
    ofVariable: [type('dtype', TF_FLOAT)],
    destroy: [flag('ignore_lookup_error', true)],
    adam: [...float, flag('use_locking', false), flag('use_nesterov', false)],
    toInteger64: [type('SrcT', TF_INT32), type('DstT', binding.TF_INT64), flag('Truncate', false)],
    blockLstm: [...float, number('forget_bias', 0), number('cell_clip', -1), flag('use_peephole', false)],
    reshape: [...float, type('Tshape', TF_INT32)],
    lstmCellGradient: [...float, flag('use_peephole', false)],
    slice: [...float, type('Index', TF_INT32)],
    join: [...float, type('Tidx', TF_INT32)],
  };
}

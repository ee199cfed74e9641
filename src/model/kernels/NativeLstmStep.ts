import * as tf from '@tensorflow/tfjs';
import type { CellState, CellWeights } from '../cells/Cell.js';
import { tensorOf } from '../weights.js';
import { type Attribute, type NativeBackend, type NativeTensor, nativeBackend } from './nativeBinding.js';

/** The weights of an LSTM language model. */
export interface LstmModelWeights {
  readonly embedding: tf.Tensor2D;
  readonly layers: readonly CellWeights[];
  /** `[hidden × vocabulary]`, or where `tied`, the embedding. */
  readonly projection: tf.Tensor2D;
  readonly projectionBias: tf.Tensor1D;
  readonly tied: boolean;
}

/** A layer's weights as `LSTMBlockCell` wants them; ids of tensors that are no engine's. */
interface PackedLayer {
  /** What it was made of: the data of a weight that is assigned to is another object. */
  readonly madeOf: readonly object[];
  /** `[(input + hidden) × 4·hidden]`, blocks i, candidate, f, o. */
  readonly weights: number;
  readonly bias: number;
  /** Peephole weights, which are not used but must be given. */
  readonly peephole: number;
}

/**
 * One time step of an LSTM language model in few direct calls of TensorFlow's kernels, the gates in one of them
 * (`LSTMBlockCell`). It gives what the plain operations give, up to rounding. For a few hypotheses these cost far more in
 * calls than in arithmetic: `npm run bench:decode` shows the gain.
 */
export class NativeLstmStep {
  readonly #backend: NativeBackend;
  readonly #firstAxis: number;
  readonly #attributes: ReturnType<typeof attributesOf>;
  #packed: PackedLayer[] = [];

  private constructor(backend: NativeBackend) {
    this.#backend = backend;
    this.#attributes = attributesOf(backend);
    this.#firstAxis = backend.binding.createTensor([], backend.binding.TF_INT32, Int32Array.of(0));
  }

  /** A step, where the native backend is in use. */
  static create(): NativeLstmStep | undefined {
    const backend = nativeBackend();
    return backend && new NativeLstmStep(backend);
  }

  /** Whether its backend is the one in use. */
  get isUsable(): boolean {
    return nativeBackend() === this.#backend;
  }

  /**
   * Row k of the new states goes on from row `rows[k]` of `states`, one a layer, and reads `ids[k]`. Log-probabilities are
   * `[ids.length × vocabulary]`, row-major, in nats. The caller owns the new states.
   */
  next(
    model: LstmModelWeights,
    states: readonly CellState[],
    rows: Int32Array,
    ids: Int32Array,
  ): { logProbabilities: Float32Array; layers: CellState[] } {
    const own: number[] = [];
    try {
      return this.#step(model, states, rows, ids, (id) => {
        own.push(id);
        return id;
      });
    } finally {
      for (const id of own) this.#backend.binding.deleteTensor(id);
    }
  }

  /** `owned` is given every tensor that is not to outlive the step. */
  #step(
    model: LstmModelWeights,
    states: readonly CellState[],
    rows: Int32Array,
    ids: Int32Array,
    owned: (id: number) => number,
  ): { logProbabilities: Float32Array; layers: CellState[] } {
    const { binding } = this.#backend;
    const gather = (table: number, places: number): number =>
      owned(this.#one('GatherV2', this.#attributes.gather, [table, places, this.#firstAxis]));
    const idsTensor = owned(binding.createTensor([ids.length], binding.TF_INT32, ids));
    const sameRows = states[0]?.hidden.shape[0] === rows.length && rows.every((row, place) => row === place);
    const places = sameRows ? undefined : owned(binding.createTensor([rows.length], binding.TF_INT32, rows));
    const rowsOf = (part: tf.Tensor2D): number =>
      places === undefined ? this.#idOf(part) : gather(this.#idOf(part), places);

    let input = gather(this.#idOf(model.embedding), idsTensor);
    const layers = model.layers.map((weights, layer): CellState => {
      const { weights: matrix, bias, peephole } = this.#pack(weights, layer);
      const state = states[layer] as CellState;
      const inputs = [input, rowsOf(tensorOf(state, 'memory')), rowsOf(state.hidden)];
      const parameters = [matrix, peephole, peephole, peephole, bias];
      const outputs = binding.executeOp('LSTMBlockCell', this.#attributes.cell, [...inputs, ...parameters], 7);
      // i, memory, f, o, candidate, tanh of memory, hidden
      const [memory, hidden] = [outputs[1] as NativeTensor, outputs[6] as NativeTensor];
      for (const output of outputs) if (output !== memory && output !== hidden) owned(output.id);
      input = hidden.id;
      return { hidden: this.#tensor(hidden), memory: this.#tensor(memory) };
    });
    const { product, productWithTransposed, sum } = this.#attributes;
    const matrix = this.#idOf(model.projection);
    const logits = owned(this.#one('MatMul', model.tied ? productWithTransposed : product, [input, matrix]));
    const shifted = owned(this.#one('AddV2', sum, [logits, this.#idOf(model.projectionBias)]));
    const logProbabilities = binding.tensorDataSync(owned(this.#one('LogSoftmax', sum, [shifted])));
    return { logProbabilities, layers };
  }

  /** Frees what it holds. */
  dispose(): void {
    const { binding } = this.#backend;
    for (const layer of this.#packed) this.#free(layer);
    this.#packed = [];
    binding.deleteTensor(this.#firstAxis);
  }

  #one(operation: string, attributes: readonly Attribute[], inputs: readonly number[]): number {
    return (this.#backend.binding.executeOp(operation, attributes, inputs, 1)[0] as NativeTensor).id;
  }

  #idOf(tensor: tf.Tensor): number {
    return this.#backend.getInputTensorIds([tensor])[0] as number;
  }

  #tensor(output: NativeTensor): tf.Tensor2D {
    return this.#backend.createOutputTensor(output) as tf.Tensor2D;
  }

  /** A layer's packed weights, made anew when a weight has changed. */
  #pack(weights: CellWeights, layer: number): PackedLayer {
    const madeOf = Object.values(weights).map(({ dataId }) => dataId);
    const held = this.#packed[layer];
    if (held && madeOf.every((data, place) => data === held.madeOf[place])) return held;
    if (held) this.#free(held);
    const [matrix, bias, peephole] = tf.tidy(() => {
      const all = tf.concat([
        tensorOf<tf.Tensor2D>(weights, 'inputWeights'),
        tensorOf<tf.Tensor2D>(weights, 'recurrentWeights'),
      ]);
      const size = all.shape[1] / 4;
      const biases = tf.reshape(weights['bias'] ?? tf.zeros([4 * size]), [1, 4 * size]) as tf.Tensor2D;
      return [inKernelOrder(all), inKernelOrder(biases), tf.zeros([size])].map(
        (tensor) => tensor.dataSync() as Float32Array,
      );
    }) as unknown as [Float32Array, Float32Array, Float32Array];
    const { binding } = this.#backend;
    const create = (shape: number[], values: Float32Array): number =>
      binding.createTensor(shape, binding.TF_FLOAT, values);
    const packed = {
      madeOf,
      weights: create([matrix.length / bias.length, bias.length], matrix),
      bias: create([bias.length], bias),
      peephole: create([peephole.length], peephole),
    };
    this.#packed[layer] = packed;
    return packed;
  }

  #free({ weights, bias, peephole }: PackedLayer): void {
    for (const id of [weights, bias, peephole]) this.#backend.binding.deleteTensor(id);
  }
}

/** Blocks of columns f, i, o, candidate become i, candidate, f, o. */
function inKernelOrder(columns: tf.Tensor2D): tf.Tensor2D {
  const [f, i, o, candidate] = tf.split(columns, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return tf.concat([i, candidate, f, o], 1);
}

function attributesOf({ binding }: NativeBackend) {
  const type = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const flag = (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const float = type('T', binding.TF_FLOAT);
  const number = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_FLOAT, value });
  const product = (transposed: boolean): Attribute[] => [
    float,
    flag('transpose_a', false),
    flag('transpose_b', transposed),
  ];
  return {
    gather: [
      type('Tparams', binding.TF_FLOAT),
      type('Tindices', binding.TF_INT32),
      type('Taxis', binding.TF_INT32),
      { name: 'batch_dims', type: binding.TF_ATTR_INT, value: 0 },
    ],
    cell: [float, number('forget_bias', 0), number('cell_clip', -1), flag('use_peephole', false)],
    product: product(false),
    productWithTransposed: product(true),
    sum: [float],
  };
}

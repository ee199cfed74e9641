import * as tf from '@tensorflow/tfjs';
import type { CellWeights } from '../cells/Cell.js';
import type { StateNumbers } from '../RecurrentState.js';
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

/** The embedding's numbers, where JavaScript can reach them. */
interface HeldEmbedding {
  readonly madeOf: object;
  readonly values: Float32Array;
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
  readonly #attributes: ReturnType<typeof attributesOf>;
  #packed: PackedLayer[] = [];
  #embedding: HeldEmbedding | undefined;

  private constructor(backend: NativeBackend) {
    this.#backend = backend;
    this.#attributes = attributesOf(backend);
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
   * One time step from states, one a layer, on the ids. Log-probabilities are `[ids.length × vocabulary]`, row-major, in
   * nats.
   */
  next(
    model: LstmModelWeights,
    states: readonly StateNumbers[],
    ids: Int32Array,
  ): { logProbabilities: Float32Array; layers: StateNumbers[] } {
    const { binding } = this.#backend;
    const made: number[] = [];
    const owned = (id: number): number => {
      made.push(id);
      return id;
    };
    const rows = (values: Float32Array): number =>
      owned(binding.createTensor([ids.length, values.length / ids.length], binding.TF_FLOAT, values));
    const { cell, product, productWithTransposed, sum } = this.#attributes;
    try {
      let input = rows(this.#embed(model.embedding, ids));
      const layers = model.layers.map((weights, layer): StateNumbers => {
        const { memory, hidden } = states[layer] as { memory: Float32Array; hidden: Float32Array };
        const { weights: matrix, bias, peephole } = this.#pack(weights, layer);
        const inputs = [input, rows(memory), rows(hidden), matrix, peephole, peephole, peephole, bias];
        // i, memory, f, o, candidate, tanh of memory, hidden
        const outputs = binding.executeOp('LSTMBlockCell', cell, inputs, 7).map(({ id }) => owned(id));
        input = outputs[6] as number;
        return { hidden: binding.tensorDataSync(input), memory: binding.tensorDataSync(outputs[1] as number) };
      });
      const matrix = this.#idOf(model.projection);
      const logits = owned(this.#one('MatMul', model.tied ? productWithTransposed : product, [input, matrix]));
      const shifted = owned(this.#one('AddV2', sum, [logits, this.#idOf(model.projectionBias)]));
      const logProbabilities = binding.tensorDataSync(owned(this.#one('LogSoftmax', sum, [shifted])));
      return { logProbabilities, layers };
    } finally {
      for (const id of made) binding.deleteTensor(id);
    }
  }

  /** Frees what it holds. */
  dispose(): void {
    for (const layer of this.#packed) this.#free(layer);
    this.#packed = [];
  }

  /** Rows of the embedding, copied here: for a few of them, less than a call of a kernel costs. */
  #embed(embedding: tf.Tensor2D, ids: Int32Array): Float32Array {
    const size = embedding.shape[1];
    if (this.#embedding?.madeOf !== embedding.dataId)
      this.#embedding = { madeOf: embedding.dataId, values: embedding.dataSync() as Float32Array };
    const { values } = this.#embedding;
    const rows = new Float32Array(ids.length * size);
    for (const [place, id] of ids.entries()) rows.set(values.subarray(id * size, (id + 1) * size), place * size);
    return rows;
  }

  #one(operation: string, attributes: readonly Attribute[], inputs: readonly number[]): number {
    return (this.#backend.binding.executeOp(operation, attributes, inputs, 1)[0] as NativeTensor).id;
  }

  #idOf(tensor: tf.Tensor): number {
    return this.#backend.getInputTensorIds([tensor])[0] as number;
  }

  /** A layer's packed weights, made anew when a weight has changed. */
  #pack(weights: CellWeights, layer: number): PackedLayer {
    const madeOf = Object.values(weights).map(({ dataId }) => dataId);
    const held = this.#packed[layer];
    if (held && madeOf.every((data, place) => data === held.madeOf[place])) return held;
    const { binding } = this.#backend;
    const create = (shape: number[], values: Float32Array): number =>
      binding.createTensor(shape, binding.TF_FLOAT, values);
    const numbers = (tensor: tf.Tensor): Float32Array => tensor.dataSync() as Float32Array;
    // An id, and not the numbers, leaves tidy: it would look for tensors among them, one by one.
    const packed = tf.tidy(() => {
      const all = tf.concat([
        tensorOf<tf.Tensor2D>(weights, 'inputWeights'),
        tensorOf<tf.Tensor2D>(weights, 'recurrentWeights'),
      ]);
      const [rows, columns] = all.shape;
      const biases = tf.reshape(weights['bias'] ?? tf.zeros([columns]), [1, columns]) as tf.Tensor2D;
      return {
        weights: create([rows, columns], numbers(inKernelOrder(all))),
        bias: create([columns], numbers(inKernelOrder(biases))),
        peephole: create([columns / 4], new Float32Array(columns / 4)),
      };
    });
    this.#packed[layer] = { madeOf, ...packed };
    if (held) this.#free(held);
    return this.#packed[layer];
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
    cell: [float, number('forget_bias', 0), number('cell_clip', -1), flag('use_peephole', false)],
    product: product(false),
    productWithTransposed: product(true),
    sum: [float],
  };
}

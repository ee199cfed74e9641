import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../../../tf.js';

/** An attribute of a TensorFlow operation, as the binding wants it. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** What an operation gives: a tensor that the caller owns. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The part of tfjs-node's binding that is used here: direct calls of TensorFlow's kernels, and graphs, by ids of tensors. */
export interface NativeBinding {
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  createTensor(shape: number[], dtype: number, values: Int32Array | Float32Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array;
  /** Loads the graph of a directory, and gives the id of a session. */
  loadSavedModel(directory: string, tags: string): number;
  /** Runs a session; names are joined by commas. */
  runSavedModel(session: number, inputs: readonly number[], inputNames: string, outputNames: string): NativeTensor[];
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): NativeTensor[];
}

/** tfjs-node's backend, as far as it is used here. */
export interface NativeBackend {
  binding: NativeBinding;
  /** The binding's ids of tensors, which stay theirs. */
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  /** Makes a tensor of what an operation gave; it now owns that. */
  createOutputTensor(output: NativeTensor): Tensor;
}

/** The native backend, where it is the one in use. */
export function nativeBackend(): NativeBackend | undefined {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as NativeBackend) : undefined;
}

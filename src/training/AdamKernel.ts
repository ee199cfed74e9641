import { randomUUID } from 'node:crypto';
import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { Attribute, NativeBackend, NativeTensor } from '../graph/run/tensorflow/nativeBinding.js';
import type { Named } from '../model/mapValues.js';
import { tf } from '../tf.js';
import type { WeightSteps } from './WeightSteps.js';

/** The numbers of a step of Adam or AdamW. */
export interface AdamStep {
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the mean of squares, which is not corrected for its beginning at 0. */
  readonly epsilon: number;
  /** What the mean, divided by that, is multiplied by: the corrections of both are in it. */
  readonly scaledRate: number;
  /** What a weight is multiplied by before the kernel's step; 1 without decay. */
  readonly kept: number;
}

/** Memory of TensorFlow's that its kernels change in place, and the shape of what is there. */
interface Resource {
  readonly handle: NativeTensor;
  readonly shape: readonly number[];
}

/**
 * `ResourceApplyAdam` for one weight, with the means that it keeps: it goes once over all numbers, where operations one by one go a dozen times.
 * They are TensorFlow's and not tensors of tfjs until somebody asks for them; `dispose()` frees them.
 */
export class AdamKernel implements WeightSteps {
  readonly #stepOf: (learningRate: number, step: number) => AdamStep;
  readonly #backend: NativeBackend;
  readonly #attributes: ReturnType<typeof attributesOf>;
  readonly #weight: Resource;
  readonly #means: Readonly<Record<'mean' | 'meanSquare', Resource>>;

  /** Begins with these means, whose shapes are the weight's; they stay the caller's. */
  constructor(
    backend: NativeBackend,
    stepOf: (learningRate: number, step: number) => AdamStep,
    { mean, meanSquare }: { mean: Tensor; meanSquare: Tensor },
  ) {
    this.#stepOf = stepOf;
    this.#backend = backend;
    this.#attributes = attributesOf(backend);
    this.#weight = this.#resource(mean.shape);
    this.#means = { mean: this.#resource(mean.shape), meanSquare: this.#resource(mean.shape) };
    this.#assign(this.#means.mean, mean);
    this.#assign(this.#means.meanSquare, meanSquare);
  }

  update(weight: Variable, gradient: Tensor, learningRate: number, step: number): void {
    const { beta1, beta2, epsilon, scaledRate, kept } = this.#stepOf(learningRate, step);
    const { binding } = this.#backend;
    if (kept === 1) this.#assign(this.#weight, weight);
    else {
      const decayed = tf.mul(weight, kept);
      this.#assign(this.#weight, decayed);
      // Memory that nobody else has is changed in place.
      decayed.dispose();
    }
    // With powers of β of 0, the kernel corrects nothing: in float32 it would do so less exactly.
    const numbers = [0, 0, scaledRate, beta1, beta2, epsilon].map((number) =>
      binding.createTensor([], binding.TF_FLOAT, Float32Array.of(number)),
    );
    const resources = [this.#weight, this.#means.mean, this.#means.meanSquare].map(({ handle }) => handle.id);
    const [ofGradient] = this.#backend.getInputTensorIds([gradient]);
    try {
      binding.executeOp(
        'ResourceApplyAdam',
        this.#attributes.adam,
        [...resources, ...numbers, ofGradient as number],
        0,
      );
    } finally {
      for (const id of numbers) binding.deleteTensor(id);
    }
    weight.assign(this.#read(this.#weight));
  }

  slots(): Named<Tensor> {
    return { mean: this.#read(this.#means.mean), meanSquare: this.#read(this.#means.meanSquare) };
  }

  dispose(): void {
    const { binding } = this.#backend;
    for (const { handle } of [this.#weight, ...Object.values(this.#means)]) {
      binding.executeOp('DestroyResourceOp', this.#attributes.destroy, [handle.id], 0);
      binding.deleteTensor(handle.id);
    }
  }

  #resource(shape: readonly number[]): Resource {
    const [handle] = this.#backend.binding.executeOp('VarHandleOp', this.#attributes.handle(shape), [], 1);
    return { handle: handle as NativeTensor, shape };
  }

  /** Shares the memory of a tensor; kernels copy before they change what others have, too. */
  #assign({ handle }: Resource, tensor: Tensor): void {
    const [id] = this.#backend.getInputTensorIds([tensor]);
    this.#backend.binding.executeOp('AssignVariableOp', this.#attributes.dtype, [handle.id, id as number], 0);
  }

  #read({ handle }: Resource): Tensor {
    const [value] = this.#backend.binding.executeOp('ReadVariableOp', this.#attributes.dtype, [handle.id], 1);
    return this.#backend.createOutputTensor(value as NativeTensor);
  }
}

function attributesOf({ binding }: NativeBackend) {
  const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_ATTR_SHAPE, TF_ATTR_STRING, TF_FLOAT } = binding;
  const dtype: Attribute = { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT };
  const not = (name: string): Attribute => ({ name, type: TF_ATTR_BOOL, value: false });
  return {
    dtype: [dtype],
    adam: [{ name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }, not('use_locking'), not('use_nesterov')],
    // Before the first step there is no weight.
    destroy: [{ name: 'ignore_lookup_error', type: TF_ATTR_BOOL, value: true }],
    handle: (shape: readonly number[]): Attribute[] => [
      dtype,
      { name: 'shape', type: TF_ATTR_SHAPE, value: shape },
      // Two of one name would be one.
      { name: 'shared_name', type: TF_ATTR_STRING, value: `babblebrook-${randomUUID()}` },
      { name: 'container', type: TF_ATTR_STRING, value: '' },
    ],
  };
}

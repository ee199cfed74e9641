import type { Id, NativeOperations } from './NativeOperations.js';
import type { NativeInput } from './nativeInputs.js';

/**
 * A cell over whole sequences in TensorFlow's kernels. Its sums, x·W_x + b + h·W_h, are computed in parts: a part is a run of
 * blocks of columns that one product gives.
 */
export interface NativeCell {
  /** The parts, each as the places of its blocks among the blocks of columns of the cell's weights. */
  readonly parts: readonly (readonly number[])[];
  /** Runs it forward. */
  run(native: NativeOperations, setting: NativeSetting): NativeRun;
}

/** What a cell runs over. Weights are given part by part. */
export interface NativeSetting {
  readonly input: NativeInput;
  readonly inputWeights: readonly Id[];
  readonly bias: readonly (Id | undefined)[];
  /** `[hidden × columns]` */
  readonly recurrentWeights: readonly Id[];
  /** Only where a GRU resets after the product and has biases. */
  readonly recurrentBias: Id | undefined;
  /** The state before the first time step: `hidden`, then `memory` where there is one, each `[batch × hidden]`. */
  readonly initial: readonly Id[];
  readonly batch: number;
  readonly time: number;
  readonly hiddenSize: number;
  /** Whether `backward` or `gates` follow. */
  readonly keep: boolean;
}

/** A cell that has run forward. */
export interface NativeRun {
  /** The hidden states of all time steps, `[time·batch × hidden]`. */
  readonly outputs: Id;
  /** What happened inside, by the names of `Gates`, but for `hidden`: `[time·batch × hidden]`, the caller's. */
  gates(): Readonly<Record<string, Id>>;
  /**
   * The way back through time step `time`, the last one first. `gradient` is that of the state after it, which is freed; a
   * memory's is undefined after the last step.
   */
  backward(time: number, gradient: readonly (Id | undefined)[], hidden: HiddenAround): NativeStepGradient;
}

/** The hidden state after a time step and before it. */
export interface HiddenAround {
  readonly now: Id;
  readonly previous: Id;
}

/** What a time step gives on the way back, all the caller's. */
export interface NativeStepGradient {
  /** ∂loss/∂(x·W_x + b), part by part. */
  readonly sums: readonly Id[];
  /** ∂loss/∂(the products with the recurrent weights), part by part. Default: `sums`. */
  readonly products?: readonly Id[];
  /** What was multiplied by the recurrent weights, part by part. Default, and where undefined: the previous hidden state. */
  readonly factors?: readonly (Id | undefined)[];
  /** ∂loss/∂(the state before). */
  readonly state: readonly Id[];
}

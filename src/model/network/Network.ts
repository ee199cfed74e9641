import type * as tf from '@tensorflow/tfjs';
import type { Plan } from '../../graph/Plan.js';
import type { Named } from '../mapValues.js';
import type { StateNumbers } from '../RecurrentState.js';
import type { Objective } from './Objective.js';

/** A recurrent language model as it is computed: embedding → layers → projection to logits. */
export interface Network {
  /** `[vocabulary × embedding]` */
  readonly embedding: tf.Tensor2D;
  readonly layers: readonly NetworkLayer[];
  /** `[hidden × vocabulary]`; `undefined`: the embedding, transposed. */
  readonly projection: tf.Tensor2D | undefined;
  readonly projectionBias: tf.Tensor1D;
  /** What is multiplied by masks in training. */
  readonly dropout: NetworkDropout | undefined;
  /** What gradients are of, beside −log p. */
  readonly objective?: Objective | undefined;
}

/** The masks of a training step, by the places that have some. */
export interface NetworkDropout {
  /** Of the embedding's rows, `[vocabulary × 1]`; a projection that is tied to it keeps all. */
  readonly embedding?: Float32Array | undefined;
  /** Of embedded tokens, `[time·batch × embedding]`. */
  readonly input?: Float32Array | undefined;
  /** Of a layer's outputs, `[time·batch × hidden]`. */
  readonly outputs?: ((layer: number) => Float32Array) | undefined;
  /** Of what in a layer depends on the state and meets a matrix, for this width: `[batch × width]`. */
  readonly state?: ((layer: number, width: number) => Float32Array) | undefined;
  /** Of a layer's weights that meet the state, each of its weight's shape. */
  readonly recurrentWeights?: ((layer: number, name: string, shape: readonly number[]) => Float32Array) | undefined;
  /** Of a part of a layer's state, `[time·batch × width]`: 1 where it becomes new, 0 where it stays as it was. */
  readonly renewed?: ((layer: number, part: string, width: number) => Float32Array) | undefined;
}

/** A recurrent layer. */
export interface NetworkLayer {
  /** What its cell computes when. */
  readonly plan: Plan;
  /** And in training, where that is something else: with zoneout. */
  readonly training?: Plan | undefined;
  /** The cell's weights by the names in its equation. */
  readonly weights: Named<tf.Tensor>;
  /** Learned values of the first state, by its parts. */
  readonly initial: Named<tf.Tensor>;
}

/** Gradients of a network, as it is built. */
export interface NetworkGradients<T> {
  readonly embedding: T;
  readonly layers: readonly LayerGradients<T>[];
  readonly projection: T | undefined;
  readonly projectionBias: T;
  /** Of the tensors that the objective has of its own, in order. */
  readonly objective: readonly T[];
}

/** Gradients of a layer. */
export interface LayerGradients<T> {
  readonly weights: Named<T>;
  readonly initial: Named<T>;
}

/** Whole sequences, each array `[time·batch]`, time-major. */
export interface Sequences {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly mask: Float32Array;
  readonly batch: number;
  readonly time: number;
  /** Where the rows go on, and others after them. Without it, they are whole. */
  readonly carried?: CarriedRows | undefined;
}

/** Rows that go on from sequences before them. */
export interface CarriedRows {
  /** `[batch]`: 1 where a row begins at the first state, 0 where it goes on. */
  readonly begins: Float32Array;
  /** The states of the layers that rows go on from, zeros where one begins; `undefined` where all begin. */
  readonly states: readonly StateNumbers[] | undefined;
}

import type * as tf from '@tensorflow/tfjs';
import type { Cell, CellWeights, Gates } from '../cells/Cell.js';

/** The cells, the two GRUs apart. */
export type CellKind = 'rnn' | 'lstm' | 'gru' | 'gruResetAfter';

/** A recurrent language model as kernels see it: embedding → layers → projection to logits. */
export interface Network {
  readonly cell: Cell;
  /** Which cell that is. */
  readonly cellKind: CellKind;
  readonly layers: number;
  /** Every weight by the name that it has in `LanguageModel.weights`. */
  readonly weights: CellWeights;
  /** Whether the projection is the embedding, transposed. */
  readonly tied: boolean;
  /** What a layer's outputs `[time·batch × hidden]` are multiplied by in training. */
  readonly dropoutMask: ((layer: number) => Float32Array) | undefined;
}

/** Whole sequences, each array `[time·batch]`, time-major. */
export interface Sequences {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly mask: Float32Array;
  readonly batch: number;
  readonly time: number;
}

/** Runs a network over whole sequences. Two ways do, `referenceKernel` and `nativeKernel`, and agree up to rounding. */
export interface SequenceKernel {
  /** Σ mask·(−log p) in nats, which tfjs can differentiate by the network's weights. The caller disposes of it. */
  totalLoss(network: Network, sequences: Sequences): tf.Scalar;
  /** The gates of every layer, each `[time·batch × hidden]`, which the caller disposes of. */
  gates(network: Network, sequences: Pick<Sequences, 'inputs' | 'batch' | 'time'>): Gates[];
}

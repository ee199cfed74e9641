import type { Sequence } from '../text/Tokenizer.js';

/** Sequences of similar length that go into one batch. */
export type SequenceGroup = readonly Sequence[];

/**
 * A group of sequences as one rectangle, time-major: the token of sequence b at time step t is `ids[t · size + b]`.
 * The ids are the targets; the model derives its inputs by shifting them one time step behind EOS.
 */
export interface PaddedBatch {
  /** `[length × size]`, padded with id 0. */
  readonly ids: Int32Array;
  /** `[size]`: tokens of each sequence, EOS counted. */
  readonly lengths: Int32Array;
  /** The number of sequences. */
  readonly size: number;
  /** The number of time steps: the longest sequence's length. */
  readonly length: number;
  /** The number of tokens, EOS counted, padding not. */
  readonly tokens: number;
}

/** A padded batch with its mask. */
export interface Batch extends PaddedBatch {
  /** `[length × size]`: 1 where there is a token (EOS counts), 0 on padding. */
  readonly mask: Float32Array;
  /**
   * `[size]`: of text that goes on, the last token that each row read, EOS where a row begins. The model's inputs are shifted behind
   * it. Without it, every row is a sentence, behind EOS.
   */
  readonly before?: Int32Array | undefined;
  /** `[size]`: of text that goes on, 1 where a row begins anew, 0 where it goes on from the batch before. */
  readonly begins?: Uint8Array | undefined;
}

/** A batch of text that goes on: the next window of each row. Its mask is 0 also on tokens that a row reads to warm up. */
export interface ContinuousBatch extends Batch {
  /** `[size]`: the last token that each row read, EOS where a row begins. */
  readonly before: Int32Array;
  /** `[size]`: 1 where a row begins anew, 0 where it goes on. */
  readonly begins: Uint8Array;
}

/** A batch and its place in the run: made by `epochs`. */
export interface EpochBatch extends Batch {
  /** Which epoch, from 0. */
  readonly epoch: number;
  /** Which batch of its epoch, from 0. */
  readonly index: number;
}

import type * as tf from '@tensorflow/tfjs';

/** What a cell carries from one time step to the next, by name; each `[batch × hidden]`. Every cell has `hidden`. */
export type CellState = { readonly hidden: tf.Tensor2D } & Readonly<Record<string, tf.Tensor2D>>;

/** A layer's weights by name. */
export type CellWeights = Readonly<Record<string, tf.Tensor>>;

/** What decides which weights a cell has beyond those that every cell has. */
export interface CellVariant {
  readonly hiddenSize: number;
  readonly bias: boolean;
}

/**
 * What happens inside a cell, by name: its gates, and what they make. LSTM: `forget`, `input`, `output`, `candidate`, `memory`,
 * `hidden`; GRU: `update`, `reset`, `hidden`; RNN: `hidden`. Each `[batch × hidden]` for a time step, or
 * `[time·batch × hidden]`, time-major, for a sequence.
 */
export type Gates = Readonly<Record<string, tf.Tensor2D>>;

/** Is shown the gates. */
export type GateWatcher = (gates: Gates) => void;

/** One time step. `projected` is the input times `inputWeights`, plus `bias`: `[batch × blocks·hidden]`. */
export type Step = (projected: tf.Tensor2D, state: CellState, watch?: GateWatcher) => CellState;

/** How a cell multiplies states with recurrent weights: W ↦ (h ↦ h·W). */
export type ProductWith = (weights: tf.Tensor2D) => (hidden: tf.Tensor2D) => tf.Tensor2D;

/**
 * A recurrent cell: pure functions, no state of its own. Weights: `inputWeights [inputSize × blocks·hidden]`,
 * `recurrentWeights [hidden × blocks·hidden]`, `bias [blocks·hidden]`, and what the cell adds; the blocks' order is
 * the cell's.
 */
export interface Cell {
  /** Blocks of columns in the weights: gates and candidate. */
  readonly blocks: number;
  /** Names of the parts of its state, `hidden` first. */
  readonly state: readonly string[];
  /** Shapes of weights beyond the three that every cell has. */
  extraWeights(variant: CellVariant): Readonly<Record<string, number[]>>;
  /** Prepares a time step: what depends on the weights alone is computed here, once a sequence. */
  prepare(weights: CellWeights, product: ProductWith): Step;
}

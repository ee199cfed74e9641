import { readFileSync } from 'node:fs';
import type { Batch } from '../../src/pipeline/Batch.js';
import { fixtureAt } from '../support/places.js';
import type { ReferenceTensor, ReferenceTensors } from './arrays.js';
import type { ReferenceConfig } from './languageModel.js';

/** A language model in PyTorch, in this library's layout: what it was given, and what it said. */
export interface LanguageModelFixture {
  readonly config: ReferenceConfig;
  readonly weights: ReferenceTensors;
  readonly batch: Batch;
  readonly expected: {
    readonly loss: number;
    /** `[length × size × vocabularySize]`. */
    readonly logits: ReferenceTensor;
    readonly gradients: ReferenceTensors;
  };
}

/** Runs of PyTorch's optimizers over the same parameters and gradients. */
export interface OptimizersFixture {
  readonly initial: ReferenceTensors;
  /** The gradients of each step. */
  readonly gradients: readonly ReferenceTensors[];
  readonly runs: Readonly<Record<'adam' | 'rmsprop' | 'momentum', OptimizerRun>>;
  /** What `clip_grad_norm_` does: it scales by maxNorm / (norm + 1e-6) where that is below 1. */
  readonly clipping: readonly {
    readonly maxNorm: number;
    readonly norm: number;
    readonly gradients: ReferenceTensors;
    readonly clipped: ReferenceTensors;
  }[];
}

/** The parameters after each step of one optimizer. */
export interface OptimizerRun {
  readonly settings: Readonly<Record<string, number>>;
  readonly after: readonly ReferenceTensors[];
}

/** Reads the fixture of one cell; the LSTM has two layers and learned initial states, the GRU resets after. */
export function readLanguageModelFixture(cell: 'rnn' | 'lstm' | 'gru'): LanguageModelFixture {
  const { config, weights, batch, expected } = read(cell) as LanguageModelJSON;
  return {
    config,
    weights: tensors(weights),
    batch: {
      ...batch,
      ids: Int32Array.from(batch.ids),
      mask: Float32Array.from(batch.mask),
      lengths: Int32Array.from(batch.lengths),
    },
    expected: {
      loss: expected.loss,
      logits: tensor(expected.logits),
      gradients: tensors(expected.gradients),
    },
  };
}

/** Reads the fixture of the optimizers. */
export function readOptimizersFixture(): OptimizersFixture {
  const { initial, gradients, runs, clipping } = read('optimizers') as OptimizersJSON;
  const run = ({ settings, after }: OptimizerRunJSON): OptimizerRun => ({ settings, after: after.map(tensors) });
  return {
    initial: tensors(initial),
    gradients: gradients.map(tensors),
    runs: { adam: run(runs.adam), rmsprop: run(runs.rmsprop), momentum: run(runs.momentum) },
    clipping: clipping.map(({ maxNorm, norm, gradients, clipped }) => ({
      maxNorm,
      norm,
      gradients: tensors(gradients),
      clipped: tensors(clipped),
    })),
  };
}

interface TensorJSON {
  shape: number[];
  data: number[];
}

type TensorsJSON = Record<string, TensorJSON>;

interface LanguageModelJSON {
  config: ReferenceConfig;
  weights: TensorsJSON;
  batch: { ids: number[]; mask: number[]; lengths: number[]; size: number; length: number; tokens: number };
  expected: { loss: number; logits: TensorJSON; gradients: TensorsJSON };
}

interface OptimizerRunJSON {
  settings: Record<string, number>;
  after: TensorsJSON[];
}

interface OptimizersJSON {
  initial: TensorsJSON;
  gradients: TensorsJSON[];
  runs: Record<'adam' | 'rmsprop' | 'momentum', OptimizerRunJSON>;
  clipping: { maxNorm: number; norm: number; gradients: TensorsJSON; clipped: TensorsJSON }[];
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(fixtureAt(`torch/${name}.json`), 'utf8'));
}

function tensor({ shape, data }: TensorJSON): ReferenceTensor {
  return { shape, data: Float64Array.from(data) };
}

function tensors(json: TensorsJSON): ReferenceTensors {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, tensor(value)]));
}

import type { Cell } from '../cells/cell.js';
import { cellOf } from '../cells/cells.js';
import { planOf } from '../cells/planOf.js';
import { checkNumber, InvalidArgumentError } from '../errors.js';
import { grouped, inBytes } from '../inBytes.js';
import { memoryLimit } from '../memory.js';
import { type ModelConfig, type ModelOptions, modelConfig, sizesOf, weightShapes } from './ModelConfig.js';
import { parameterCount } from './parameterCount.js';

/** The longest typed array that V8 makes in Node 20, in numbers. */
const LONGEST_TENSOR = 2 ** 32;
const FLOAT_BYTES = 4;
/** What a worker takes before it has a model; 125 MB were measured with Node 20 on Linux. */
const WORKER_BYTES = 1e8;

/** What a training holds besides the weights and their gradients. */
export interface TrainingSize {
  /** Places in the largest batch, size × length, padding counted. Default 0: only what no training can do without. */
  batchTokens?: number | undefined;
  /** Numbers that the optimizer keeps for each weight. Default 2, as Adam does. */
  slots?: number | undefined;
  /** Threads that train, each with its own weights and gradients. Default 1. */
  workers?: number | undefined;
}

/**
 * The least memory that training takes, in bytes: weights, gradients, the optimizer's slots, what is kept of a batch's time
 * steps for the way back, and worker threads (docs/performance.md has the whole formula).
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function trainingBytes(
  options: ModelOptions,
  vocabularySize: number,
  { batchTokens = 0, slots = 2, workers = 1 }: TrainingSize = {},
): number {
  checkNumber('batchTokens', batchTokens, { integer: true, min: 0 });
  checkNumber('slots', slots, { integer: true, min: 0 });
  checkNumber('workers', workers, { integer: true, min: 1 });
  const config = modelConfig(options);
  const { hiddenSize, embeddingSize } = config;
  const parameters = parameterCount(options, vocabularySize);
  // Weights go to workers through a copy that all share; each has its own, its gradients, and these once more to hand over.
  const ofWorkers = workers === 1 ? 0 : parameters * (1 + 3 * (workers - 1));
  const kept = batchTokens * (keptOf(cellOf(options.cell), config) + 2 * hiddenSize + embeddingSize);
  return FLOAT_BYTES * (parameters * (2 + slots) + ofWorkers + kept) + WORKER_BYTES * (workers - 1);
}

/**
 * Checks that a model can be made, before anything large is: its weights have room in memory, and each in a tensor.
 * @param memory in bytes
 * @throws {InvalidArgumentError} when it cannot, or on an option that cannot be used.
 */
export function checkModelSize(options: ModelOptions, vocabularySize: number, memory = memoryLimit()): void {
  const config = modelConfig(options);
  checkFits(options, vocabularySize, {
    does: 'takes',
    bytes: FLOAT_BYTES * parameterCount(options, vocabularySize),
    memory,
  });
  for (const [name, shape] of weightShapes(cellOf(options.cell), config, vocabularySize)) {
    const size = shape.reduce((product, length) => product * length, 1);
    if (size > LONGEST_TENSOR)
      throw new InvalidArgumentError(
        `Expected weights of at most ${grouped(LONGEST_TENSOR)} numbers each, got ${name} of ${shape.join(' × ')}`,
      );
  }
}

/**
 * Checks that a model can be trained, before anything large is made: that there is memory for what `trainingBytes` counts.
 * @param memory in bytes
 * @throws {InvalidArgumentError} when there is not, or on an option that cannot be used.
 */
export function checkTrainingSize(
  options: ModelOptions,
  vocabularySize: number,
  size: TrainingSize = {},
  memory = memoryLimit(),
): void {
  checkModelSize(options, vocabularySize, memory);
  const bytes = trainingBytes(options, vocabularySize, size);
  const least = trainingBytes(options, vocabularySize, { ...size, batchTokens: 0 });
  // First without a batch: where that is too much already, smaller ones would not help.
  const { batchTokens = 0, workers = 1 } = size;
  const does = `takes, to be trained${workers > 1 ? ` by ${grouped(workers)} workers` : ''}`;
  checkFits(options, vocabularySize, { does: `${does},`, bytes: least, memory });
  checkFits(options, vocabularySize, { does: `${does} on batches of ${grouped(batchTokens)} tokens,`, bytes, memory });
}

function checkFits(
  options: ModelOptions,
  vocabularySize: number,
  { does, bytes, memory }: { does: string; bytes: number; memory: number },
): void {
  // Where nobody tells how much there is, that is Infinity.
  if (memory !== Infinity) checkNumber('memory', memory, { above: 0 });
  if (bytes <= memory) return;
  const { cell, layers, hiddenSize, embeddingSize } = modelConfig(options);
  const parameters = grouped(parameterCount(options, vocabularySize));
  throw new InvalidArgumentError(
    `Expected a model that fits into ${inBytes(memory)} of memory, got one that ${does} at least ${inBytes(bytes)}: ${cell}, ${layers} × ${grouped(hiddenSize)} hidden, ${grouped(embeddingSize)} a token, ${grouped(vocabularySize)} ids, ${parameters} parameters`,
  );
}

/** How many numbers layers keep of each place of a batch: what the way back needs, and the outputs. */
function keptOf(cell: Cell, config: ModelConfig): number {
  const layers = Array.from({ length: config.layers }, (_, layer) => planOf(cell, sizesOf(config, layer)));
  const widths = layers.flatMap(({ kept, keptInputs, cell: { output } }) => [...kept, ...keptInputs, output]);
  return widths.reduce((sum, { width }) => sum + width, 0);
}

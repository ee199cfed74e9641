import { readFileSync } from 'node:fs';
import { type Batch, type CellName, cellOf } from '../../src/index.js';

/** What every contestant trains: a model, and the batches of a round. */
export interface Job {
  readonly cell: CellName;
  readonly hiddenSize: number;
  readonly embeddingSize: number;
  readonly layers: number;
  readonly vocabularySize: number;
  readonly eosId: number;
  readonly clipNorm: number;
  readonly batches: readonly {
    readonly size: number;
    readonly length: number;
    /** Time-major, `length × size`. */
    readonly ids: readonly number[];
    readonly lengths: readonly number[];
  }[];
}

/** Reads a job and makes its batches. */
export function readJob(path: string): { job: Job; batches: Batch[] } {
  const job: Job = JSON.parse(readFileSync(path, 'utf8'));
  const batches = job.batches.map(({ size, length, ids, lengths }): Batch => {
    const mask = Float32Array.from({ length: size * length }, (_, at) =>
      Math.floor(at / size) < (lengths[at % size] ?? 0) ? 1 : 0,
    );
    const tokens = lengths.reduce((sum, own) => sum + own, 0);
    return { ids: Int32Array.from(ids), mask, lengths: Int32Array.from(lengths), size, length, tokens };
  });
  return { job, batches };
}

/** Floating-point operations of the products of a training step, per token. */
export function operationsPerToken({ cell, hiddenSize, embeddingSize, layers, vocabularySize }: Job): number {
  const ofLayer = (layer: number): number =>
    Object.values(
      cellOf(cell).weights({ input: layer === 0 ? embeddingSize : hiddenSize, hidden: hiddenSize, bias: true }),
    )
      .filter(({ shape }) => shape.length === 2)
      .reduce((sum, { shape: [rows, columns = 1] }) => sum + rows * columns, 0);
  const inLayers = Array.from({ length: layers }, (_, layer) => ofLayer(layer)).reduce(
    (sum, weights) => sum + weights,
    0,
  );
  const weights = inLayers + hiddenSize * vocabularySize;
  return 3 * 2 * weights;
}

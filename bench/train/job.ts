import { readFileSync } from 'node:fs';
import type { Batch, CellName } from '../../src/index.js';

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
  const blocks = { rnn: 1, gru: 3, gruResetAfter: 3, lstm: 4 }[cell];
  const inputs = embeddingSize + (layers - 1) * hiddenSize;
  const weights = blocks * hiddenSize * (inputs + layers * hiddenSize) + hiddenSize * vocabularySize;
  return 3 * 2 * weights;
}

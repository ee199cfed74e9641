import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BACKENDS } from './command.js';

/** What a run began with and what must be known before the library is loaded; `undefined` where nothing tells. */
export interface RecordedStart {
  /** How many threads train: TensorFlow's own depend on it. */
  readonly workers: number | undefined;
  readonly backend: string | undefined;
}

/** Reads what a run began with; what is wrong with its file is told by who reads all of it. */
export function recordedStart(run: string): RecordedStart {
  try {
    const { workers, backend } = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
    return {
      workers: Number.isSafeInteger(workers) ? workers : undefined,
      backend: BACKENDS.find((name) => name === backend),
    };
  } catch {
    return { workers: undefined, backend: undefined };
  }
}

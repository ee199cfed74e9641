import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How many workers a run began with; `undefined` where there is none that tells. It is read before the library is, for
 * TensorFlow's threads depend on it.
 */
export function recordedWorkers(run: string): number | undefined {
  try {
    const { workers } = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
    return Number.isSafeInteger(workers) ? workers : undefined;
  } catch {
    // What is wrong with the file is told by who reads all of it.
    return undefined;
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BACKENDS } from '../command.js';
import type { RecordedStart } from '../recordedStart.js';

/** Reads what a comparison began with; what is wrong with its file is told by who reads all of it. */
export function recordedComparison(out: string): RecordedStart {
  try {
    const { settings } = JSON.parse(readFileSync(join(out, 'compare.json'), 'utf8'));
    return {
      workers: Number.isSafeInteger(settings.workers) ? settings.workers : undefined,
      backend: BACKENDS.find((name) => name === settings.backend),
    };
  } catch {
    return { workers: undefined, backend: undefined };
  }
}

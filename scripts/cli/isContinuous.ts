import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileFormatError } from '../../src/errors.js';

/**
 * Whether a run learned text that goes on (`train --continuous`), not sentences. Nothing of TensorFlow is loaded for it.
 * @throws {FileFormatError} when the run's settings are no JSON.
 */
export function isContinuous(run: string): boolean {
  const file = join(run, 'run.json');
  if (!existsSync(file)) return false;
  try {
    const { continuous } = JSON.parse(readFileSync(file, 'utf8')) as { continuous?: unknown };
    return continuous === true;
  } catch (error) {
    throw new FileFormatError(`Expected ${file} to hold JSON: ${(error as Error).message}`, { cause: error });
  }
}

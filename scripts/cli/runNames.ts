import { basename, resolve } from 'node:path';
import { InvalidArgumentError } from '../../src/errors.js';

/**
 * Runs by the names of their directories.
 * @throws {InvalidArgumentError} when two have the same.
 */
export function runNames(runs: readonly string[]): [name: string, run: string][] {
  const names = new Map<string, string>();
  for (const run of runs) {
    const name = basename(resolve(run));
    if (names.has(name))
      throw new InvalidArgumentError(`Expected run to be directories of different names, got ${name} twice`, {
        options: ['run'],
      });
    names.set(name, run);
  }
  return [...names];
}

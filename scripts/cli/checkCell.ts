import { existsSync } from 'node:fs';
import { InvalidArgumentError } from '../../src/errors.js';
import { blockName, CELL_NAMES, residualName } from '../../src/names.js';
import { MODULE } from './paths.js';

/**
 * Checks that a flag names a cell that comes with the library, as it is, with a way around it or as a block, or a module that is there and can be read.
 * @throws {InvalidArgumentError} when it does not.
 */
export function checkCell(given: string): void {
  if (CELL_NAMES.some((name) => [name, residualName(name), blockName(name)].includes(given))) return;
  if (!MODULE.test(given))
    throw noCell(`one of ${CELL_NAMES.join(', ')}, or a module such as ./my-cell.js`, JSON.stringify(given));
  if (!existsSync(given)) throw noCell('a module that is there', given);
  if (/ts$/.test(given) && !readsTypeScript())
    throw noCell('a .js or .mjs module here (TypeScript needs Node 22.18 or newer, or a clone)', given);
}

/** The error for a flag that names no cell. */
export function noCell(expectation: string, got: string): InvalidArgumentError {
  return new InvalidArgumentError(`Expected cell to be ${expectation}, got ${got}`, { options: ['cell'] });
}

/** A clone runs through a loader for TypeScript; newer versions of Node read it by themselves. */
function readsTypeScript(): boolean {
  return import.meta.url.endsWith('.ts') || Boolean((process.features as { typescript?: unknown }).typescript);
}

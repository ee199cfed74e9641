import { invalid } from '../errors.js';
import { CELL_NAMES } from '../names.js';
import type { Cell } from './cell.js';
import * as all from './index.js';

/** The name of a cell that comes with the library. */
export type CellName = keyof typeof all;

/** The cells that come with the library, by name. */
export const CELLS: Readonly<Record<(typeof CELL_NAMES)[number], Cell>> = all;

/**
 * The cell of a name, or a cell as it is.
 * @throws {InvalidArgumentError} when it is neither.
 */
export function cellOf(given: unknown): Cell {
  if (typeof given === 'string' && Object.hasOwn(CELLS, given)) return CELLS[given as CellName];
  const { name, trace, weights, state }: Partial<Cell> = (typeof given === 'object' && given) || {};
  const isCell = typeof name === 'string' && [trace, weights, state].every((part) => typeof part === 'function');
  if (!isCell) throw invalid('cell', `one of ${CELL_NAMES.join(', ')}, or a cell made by cell()`, given);
  return given as Cell;
}

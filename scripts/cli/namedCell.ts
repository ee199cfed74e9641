import { block, CELL_NAMES, type Cell, type CellName, residual } from '../../src/index.js';
import { blockName, residualName } from '../../src/names.js';

/** The cell of a name: one that comes with the library, such as `gru`, with a way around it, `residualGru`, or as a block, `gruBlock`. */
export function namedCell(given: string): CellName | Cell | undefined {
  const has = (nameOf: (cell: string) => string) => CELL_NAMES.find((name) => nameOf(name) === given);
  const plain = has((name) => name);
  if (plain) return plain;
  const inner = has(residualName);
  if (inner) return residual(inner);
  const stacked = has(blockName);
  return stacked && block(stacked);
}

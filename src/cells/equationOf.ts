import type { NotationName } from '../graph/print/Notation.js';
import { type PrintedCell, printCell } from '../graph/print/printCell.js';
import type { Cell, CellSizes } from './cell.js';

/**
 * A cell's equation in mathematics, printed from the cell itself: `h_t = tanh(x_t·W + h_{t−1}·U + b)`.
 * @param notation `unicode`, which any terminal shows, or `latex`. Default `unicode`.
 * @param sizes of what the cell reads and of its hidden state, and whether it has biases. Default 64, 256, as the cell has it.
 * @throws {CellError} when the cell's equation cannot be at these sizes.
 */
export function equationOf(
  cell: Cell,
  notation: NotationName = 'unicode',
  { input = 64, hidden = 256, bias = cell.bias }: Partial<CellSizes> = {},
): PrintedCell {
  return printCell(cell.trace({ input, hidden, bias }), notation);
}

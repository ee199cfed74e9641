import { checkNumber, checkOneOf } from '../errors.js';
import { NOTATIONS, type NotationName } from '../graph/print/Notation.js';
import { type PrintedCell, printCell } from '../graph/print/printCell.js';
import type { Cell, CellSizes } from './cell.js';
import { type CellName, cellOf } from './cells.js';

/**
 * A cell's equation in mathematics, printed from the cell itself: `h_t = tanh(x_t·W + h_{t−1}·U + b)`.
 * @param given the cell, or the name of one that comes with the library
 * @param notation `unicode`, which any terminal shows, or `latex`. Default `unicode`.
 * @param sizes of what the cell reads and of its hidden state, and whether it has biases. Default 64, 256, as the cell has it.
 * @throws {InvalidArgumentError} when an argument is none of these.
 * @throws {CellError} when the cell's equation cannot be at these sizes.
 */
export function equationOf(
  given: CellName | Cell,
  notation: NotationName = 'unicode',
  sizes: Partial<CellSizes> = {},
): PrintedCell {
  const cell = cellOf(given);
  const { input = 64, hidden = 256, bias = cell.bias } = sizes;
  checkOneOf('notation', notation, Object.keys(NOTATIONS));
  checkNumber('input', input, { integer: true, min: 1 });
  checkNumber('hidden', hidden, { integer: true, min: 1 });
  checkOneOf('bias', bias, [true, false]);
  return printCell(cell.trace({ input, hidden, bias }), notation);
}

import { checkNumber, checkOneOf } from '../errors.js';
import { recurrentWeights } from '../graph/maskedState.js';
import type { Cell, GivenSizes } from './cell.js';
import { type CellName, cellOf } from './cells.js';
import { traceOf } from './traceOf.js';

/**
 * Whether a cell's state meets a matrix, so that a model of it can have `dropout` of `state` and `recurrentWeights`: `indRnn`, `sru`, `minGru` and
 * `minLstm` carry theirs on number by number.
 * @param given the cell, or the name of one that comes with the library
 * @param sizes at which to look; a cell that was loaded has those that it was recorded at. Default 64 → 256, with the biases of the cell.
 * @throws {InvalidArgumentError} when an argument is none of these.
 * @throws {CellError} when the cell's equation cannot be at these sizes.
 */
export function hasRecurrentWeights(
  given: CellName | Cell,
  sizes: Partial<Omit<GivenSizes, 'forgetBias'>> = {},
): boolean {
  const cell = cellOf(given);
  const { input = 64, hidden = 256, bias = cell.bias } = sizes;
  checkNumber('input', input, { integer: true, min: 1 });
  checkNumber('hidden', hidden, { integer: true, min: 1 });
  checkOneOf('bias', bias, [true, false]);
  return recurrentWeights(traceOf(cell, { input, hidden, bias })).length > 0;
}

import { CellError, checkNumber, checkOneOf, invalid } from '../errors.js';
import type { Cell, GivenSizes } from './cell.js';
import { type CellName, cellOf } from './cells.js';

/**
 * Whether a cell has a forget gate whose bias begins with what a model says with `forgetBias`: whether its weights begin with other
 * numbers then.
 * @param given the cell, or the name of one that comes with the library
 * @param sizes at which to look; a cell that was loaded has those that it was recorded at. Default 64 → 256, with biases.
 * @throws {InvalidArgumentError} when an argument is none of these, or the cell has no weights.
 */
export function hasForgetBias(
  given: CellName | Cell,
  { input = 64, hidden = 256, bias = true }: Partial<Omit<GivenSizes, 'forgetBias'>> = {},
): boolean {
  const cell = cellOf(given);
  checkNumber('input', input, { integer: true, min: 1 });
  checkNumber('hidden', hidden, { integer: true, min: 1 });
  checkOneOf('bias', bias, [true, false]);
  // Anybody may have replaced a part of a cell.
  const weights = (at: GivenSizes) => checkedWeights(cell, cell.weights(at));
  return beginsWith({ ...cell, weights }, { input, hidden, bias }, 1);
}

/** Whether weights begin with other numbers with this `forgetBias` than without. */
export function beginsWith(cell: Cell, sizes: GivenSizes, forgetBias: number): boolean {
  return initialValues(cell, { ...sizes, forgetBias }) !== initialValues(cell, { ...sizes, forgetBias: 0 });
}

function initialValues(cell: Cell, sizes: GivenSizes): string | undefined {
  try {
    return JSON.stringify(Object.entries(cell.weights(sizes)).map(([name, { initial }]) => [name, initial ?? null]));
  } catch (error) {
    // A cell that was recorded has one `forgetBias` alone: this one, or the other.
    if (error instanceof CellError) return undefined;
    throw error;
  }
}

function checkedWeights({ name }: Cell, made: unknown): ReturnType<Cell['weights']> {
  const isNamed = typeof made === 'object' && made !== null;
  if (!isNamed || !Object.values(made).every((weight: unknown) => typeof weight === 'object' && weight !== null))
    throw invalid(`weights of the cell ${name}`, 'what cell() makes', made);
  return made as ReturnType<Cell['weights']>;
}

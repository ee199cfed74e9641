import { CellError } from '../errors.js';
import type { Cell, GivenSizes } from './cell.js';

/**
 * Whether a cell has a forget gate whose bias begins with what a model says with `forgetBias`: whether its weights begin with other
 * numbers then.
 * @param sizes at which to look; a cell that was loaded has those that it was recorded at. Default 64 → 256, with biases.
 */
export function hasForgetBias(
  cell: Cell,
  sizes: Omit<GivenSizes, 'forgetBias'> = { input: 64, hidden: 256, bias: true },
): boolean {
  return hasForgetBiasOf(cell, sizes, 1);
}

/** Whether its weights begin with other numbers with this `forgetBias` than without. */
export function hasForgetBiasOf(cell: Cell, sizes: GivenSizes, forgetBias: number): boolean {
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

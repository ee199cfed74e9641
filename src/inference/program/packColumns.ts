import type { Matrix } from '../../graph/run/arrays.js';
import { PANEL } from '../kernel/operationCodes.js';

/** How many panels a matrix of so many columns has. */
export function panelsOf(columns: number): number {
  return Math.ceil(columns / PANEL);
}

/**
 * A matrix as kernels read it, from the first number to the last: panels of 16 columns, one behind the other, each row by row; the last
 * panel is filled up with zeros.
 */
export function packColumns({ rows, columns, data }: Matrix): Float32Array {
  const packed = new Float32Array(panelsOf(columns) * PANEL * rows);
  for (let row = 0; row < rows; row++)
    for (let from = 0; from < columns; from += PANEL) {
      const to = Math.min(columns, from + PANEL);
      const at = from * rows + row * PANEL;
      for (let column = from; column < to; column++)
        packed[at + column - from] = data[row * columns + column] as number;
    }
  return packed;
}

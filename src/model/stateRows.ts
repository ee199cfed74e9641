import type { StateNumbers } from './RecurrentState.js';

/**
 * The rows `rows` of a layer's state, in their order; row −1 is `initial`. The result may share memory
 * with `state`, and neither is ever written to.
 */
export function stateRows(
  state: StateNumbers | undefined,
  rows: Int32Array,
  initial: StateNumbers,
  hiddenSize: number,
): StateNumbers {
  const parts = Object.entries(initial).map(([name, initialRow]) => {
    const values = state?.[name];
    if (values?.length === rows.length * hiddenSize && rows.every((row, place) => row === place)) return [name, values];
    const picked = new Float32Array(rows.length * hiddenSize);
    rows.forEach((row, place) => {
      const source = row === -1 || !values ? initialRow : values.subarray(row * hiddenSize, (row + 1) * hiddenSize);
      picked.set(source, place * hiddenSize);
    });
    return [name, picked];
  });
  return Object.fromEntries(parts) as StateNumbers;
}

import type { StateNumbers } from './RecurrentState.js';

/**
 * The rows `rows` of a layer's state of these parts, in their order; row −1 is the `initial` one. The result may share memory
 * with `state`, and neither is ever written to.
 */
export function stateRows(
  state: StateNumbers | undefined,
  rows: Int32Array,
  parts: readonly string[],
  hiddenSize: number,
  initial: (part: string) => Float32Array,
): StateNumbers {
  const sameRows = rows.every((row, place) => row === place);
  if (state && sameRows && Object.values(state)[0]?.length === rows.length * hiddenSize) return state;
  const picked = parts.map((part) => {
    const values = state?.[part];
    const initialRow = rows.includes(-1) || !values ? initial(part) : undefined;
    const all = new Float32Array(rows.length * hiddenSize);
    rows.forEach((row, place) => {
      const source = values && row !== -1 ? values.subarray(row * hiddenSize, (row + 1) * hiddenSize) : initialRow;
      if (source) all.set(source, place * hiddenSize);
    });
    return [part, all];
  });
  return Object.fromEntries(picked);
}

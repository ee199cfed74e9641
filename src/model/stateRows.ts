import type { StateNumbers } from './RecurrentState.js';

/**
 * The rows `rows` of a layer's state, whose parts have these widths, in their order; row −1 is the `initial` one. The result may share
 * memory with `state`, and neither is ever written to.
 */
export function stateRows(
  state: StateNumbers | undefined,
  rows: Int32Array,
  widths: Readonly<Record<string, number>>,
  initial: (part: string, width: number) => Float32Array,
): StateNumbers {
  const parts = Object.entries(widths);
  const sameRows = rows.every((row, place) => row === place);
  if (state && sameRows && parts.every(([part, width]) => state[part]?.length === rows.length * width)) return state;
  const picked = parts.map(([part, width]) => {
    const values = state?.[part];
    const initialRow = rows.includes(-1) || !values ? initial(part, width) : undefined;
    const all = new Float32Array(rows.length * width);
    rows.forEach((row, place) => {
      const source = values && row !== -1 ? values.subarray(row * width, (row + 1) * width) : initialRow;
      if (source) all.set(source, place * width);
    });
    return [part, all];
  });
  return Object.fromEntries(picked);
}

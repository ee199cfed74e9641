import { mapValues } from '../../model/mapValues.js';
import type { RecurrentState } from '../../model/RecurrentState.js';

/** These rows of a state. */
export function rowsOfState({ rows, layers }: RecurrentState, sequences: Int32Array): RecurrentState {
  return {
    rows: sequences.length,
    layers: layers.map((parts) =>
      mapValues(parts, (values) => {
        const width = values.length / rows;
        const picked = new Float32Array(sequences.length * width);
        for (const [place, row] of sequences.entries())
          picked.set(values.subarray(row * width, (row + 1) * width), place * width);
        return picked;
      }),
    ),
  };
}

/** A state of so many rows, put together of parts, each of which has the rows of its `sequences`; rows of none are zeros. */
export function joinStates(
  size: number,
  parts: readonly { readonly sequences: Int32Array; readonly state: RecurrentState }[],
): RecurrentState {
  const layers = (parts[0]?.state.layers ?? []).map((ofFirst, layer) =>
    mapValues(ofFirst, ({ length }, name) => {
      const width = length / (parts[0]?.sequences.length ?? 1);
      const whole = new Float32Array(size * width);
      for (const { sequences, state } of parts) {
        const values = state.layers[layer]?.[name] ?? new Float32Array(0);
        for (const [place, row] of sequences.entries())
          whole.set(values.subarray(place * width, (place + 1) * width), row * width);
      }
      return whole;
    }),
  );
  return { rows: size, layers };
}
